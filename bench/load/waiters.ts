/**
 * Players at the live edge: each asks for the next part of a playlist and waits. A process of its own, so that its CPU time and
 * memory are not counted.
 *
 * `node --import tsx bench/load/waiters.ts COUNT URL`: so many connections to the media playlist. At each SIGUSR2 all of them ask for the
 * next part. Prints a JSON line (`WaitCount`) when all are connected, when all have asked, and when all are answered.
 */
import { connect, type Socket } from 'node:net'
import type { WaitCount } from './wait-count.ts'

const [count = '', address = ''] = process.argv.slice(2)
const url = new URL(address)
/** One for all: an answer is looked at as it comes, and nothing of it is kept. */
const received = Buffer.alloc(64 * 1024)
/** Connections that are opened at a time: fewer than a listener's queue holds. */
const AT_A_TIME = 200
const END_OF_HEAD = '\r\n\r\n'

const answeredAt: number[] = []
let waiting = 0
let refused = 0
let bytes = 0

/** A connection, and what is missing of its answer. */
class Waiter {
  readonly opened: Promise<void>
  readonly #socket: Socket
  /** Bytes of the body that have not come; undefined while there is no head. */
  #missing: number | undefined

  constructor() {
    this.#socket = connect({
      host: url.hostname,
      port: Number(url.port),
      noDelay: true,
      onread: { buffer: received, callback: (size) => this.#take(size) },
    })
    this.opened = new Promise((resolve) => this.#socket.once('connect', resolve))
    this.#socket.on('error', (error) => fail(error.message))
    this.#socket.on('close', () => fail('the origin closed a connection'))
  }

  ask(request: Buffer): void {
    this.#missing = undefined
    this.#socket.write(request)
  }

  #take(size: number): boolean {
    bytes = this.#missing === undefined ? size : bytes + size
    this.#missing = (this.#missing ?? this.#readHead(size)) - size
    if (this.#missing > 0) return true
    answeredAt.push(performance.timeOrigin + performance.now())
    waiting -= 1
    if (waiting === 0) print()
    return true
  }

  /** @returns bytes of head and body together. */
  #readHead(size: number): number {
    const end = received.indexOf(END_OF_HEAD)
    const head = received.toString('latin1', 0, Math.min(size, end))
    if (end === -1 || end >= size) fail('an answer’s head came in pieces')
    if (!head.startsWith('HTTP/1.1 200 ')) refused += 1
    return end + END_OF_HEAD.length + Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? Number.NaN)
  }
}

function fail(reason: string): never {
  process.stderr.write(`${reason}\n`)
  process.exit(1)
}

const waiters: Waiter[] = []
while (waiters.length < Number(count)) {
  const more = Array.from({ length: Math.min(AT_A_TIME, Number(count) - waiters.length) }, () => new Waiter())
  await Promise.all(more.map(({ opened }) => opened))
  waiters.push(...more)
}
process.on('SIGUSR2', () => void ask())
print()

/** Asks for the part after the newest one, by all connections. */
async function ask(): Promise<void> {
  const next = nextPart(await (await fetch(url)).text())
  const path = `${url.pathname}?_HLS_msn=${next.segment}&_HLS_part=${next.part}`
  const request = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: ${url.host}\r\nAccept-Encoding: gzip\r\n\r\n`)
  answeredAt.length = 0
  refused = 0
  waiting = waiters.length
  for (const waiter of waiters) waiter.ask(request)
  print()
}

/** What follows the last part that is listed. */
function nextPart(playlist: string): { readonly segment: number; readonly part: number } {
  const lines = playlist.split('\n')
  const first = Number(/^#EXT-X-MEDIA-SEQUENCE:(\d+)/m.exec(playlist)?.[1])
  const complete = lines.filter((line) => line !== '' && !line.startsWith('#')).length
  const behind = lines.slice(lines.findLastIndex((line) => line !== '' && !line.startsWith('#')) + 1)
  return { segment: first + complete, part: behind.filter((line) => line.startsWith('#EXT-X-PART:')).length }
}

function print(): void {
  const line: WaitCount = { waiting, answeredAt, refused, bytes }
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
