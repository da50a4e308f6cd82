import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { DependencyError } from '@sluice/core'

/** A real Redis of one test file, with outages on demand. */
export interface TestRedis {
  /** `unix:///…` */
  readonly url: string
  /** Ends the server as a crash does; what it had acknowledged is on disk. */
  kill(): Promise<void>
  /** Starts it again with its data; does nothing while it runs. */
  start(): Promise<void>
  /** Stops the server from answering, with all connections open, as a hanging disk or host does. */
  pause(): void
  /** Ends a pause. */
  resume(): void
  /** Deletes all keys. */
  flush(): Promise<void>
  /** Gives the server a command, its words separated by blanks. @returns the first line of its answer. */
  command(line: string): Promise<string | undefined>
  /** Ends the server for good and deletes its data. */
  stop(): Promise<void>
}

const START_TIMEOUT_MILLIS = 10_000

/** Starts `redis-server` on a unix socket in a temporary folder; every write is on disk before it is acknowledged. */
export async function startTestRedis(): Promise<TestRedis> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-test-redis-'))
  const socket = join(directory, 'redis.sock')
  let server: ChildProcess | undefined
  const start = async (): Promise<void> => {
    if (isRunning(server)) return
    server = spawn(
      'redis-server',
      [
        ...['--port', '0', '--unixsocket', socket, '--dir', directory, '--save', ''],
        ...['--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction'],
      ],
      { stdio: 'ignore' },
    )
    const deadline = Date.now() + START_TIMEOUT_MILLIS
    while ((await command(socket, 'PING')) !== '+PONG') {
      if (Date.now() > deadline)
        throw new DependencyError('testkit.redis.failed', 'redis-server does not start')
      await delay(10)
    }
  }
  const kill = async (): Promise<void> => {
    if (!isRunning(server)) return
    const exited = once(server, 'exit')
    server.kill('SIGKILL')
    await exited
  }
  await start()
  return {
    url: `unix://${socket}`,
    kill,
    start,
    pause: () => void server?.kill('SIGSTOP'),
    resume: () => void server?.kill('SIGCONT'),
    flush: async () => {
      await command(socket, 'FLUSHALL')
    },
    command: (line) => command(socket, line),
    stop: async () => {
      await kill()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

function isRunning(server: ChildProcess | undefined): server is ChildProcess {
  return server !== undefined && server.exitCode === null && server.signalCode === null
}

function command(socketPath: string, line: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(socketPath)
    const finish = (answer: string | undefined): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.on('connect', () => socket.write(`${line}\r\n`))
    socket.on('data', (chunk) => finish(chunk.toString().split('\r\n')[0]))
    socket.on('error', () => finish(undefined))
    socket.on('close', () => finish(undefined))
  })
}
