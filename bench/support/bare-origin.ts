import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, startChild } from '@sluice/testkit'
import { saidBy } from './said-by.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const SERVER = new URL('./bare-waiting-room.ts', import.meta.url).pathname

/** A Node process with connections and no HTTP. */
export interface BareOrigin {
  readonly pid: number
  /** `http://HOST:PORT` */
  readonly url: string
  /** Answers all who wait. */
  wake(): void
  stop(): Promise<void>
}

/**
 * Starts a server that gives one answer to all who wait; see `bare-waiting-room.ts`.
 *
 * @param answer - head and body.
 */
export async function startBareOrigin(answer: Uint8Array): Promise<BareOrigin> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-bare-'))
  const file = join(folder, 'answer')
  await writeFile(file, answer)
  const port = await freePort()
  const child = startChild(process.execPath, ['--import', 'tsx', SERVER, String(port), file], { cwd: ROOT })
  await saidBy(child, (output) => output.includes('ready'), 'the bare server')
  return {
    pid: child.pid,
    url: `http://127.0.0.1:${port}`,
    wake: () => child.kill('SIGUSR2'),
    stop: async () => {
      await child.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const END_OF_HEAD = '\r\n\r\n'

/** What a server answers to a GET by a player that takes gzip, as it comes over the connection: head and body. */
export async function rawAnswer(address: string): Promise<Uint8Array> {
  const { hostname, port, host, pathname, search } = new URL(address)
  const socket = connect(Number(port), hostname)
  socket.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nAccept-Encoding: gzip\r\n\r\n`)
  let received: Buffer = Buffer.alloc(0)
  for await (const bytes of socket as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, bytes])
    const end = received.indexOf(END_OF_HEAD)
    const size = /^content-length: (\d+)/im.exec(received.toString('latin1', 0, Math.max(0, end)))?.[1]
    if (size !== undefined && received.length >= end + END_OF_HEAD.length + Number(size)) return received
  }
  throw new Error(`${host} closed the connection within its answer`)
}
