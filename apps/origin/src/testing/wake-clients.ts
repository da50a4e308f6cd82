/**
 * Viewers that wait: `node --import tsx wake-clients.ts PORT PATH COUNT`. Opens so many connections, sends the same request
 * on each, prints `waiting`, then one JSON line (`WakeCount`) when all are answered. In a process of its own, because one
 * process may not have as many sockets as both ends of them need.
 */
import { connect } from 'node:net'
import { performance } from 'node:perf_hooks'

/** What the viewers got. */
export interface WakeCount {
  /** Answers with status 200. */
  readonly answered: number
  /** Different entity tags. */
  readonly versions: number
  /** From the first answer to the last. */
  readonly millis: number
}

/** Sockets that are being opened at a time: fewer than a listener lets wait. */
const AT_A_TIME = 200

const [port = '', path = '', count = ''] = process.argv.slice(2)
const total = Number(count)
const request = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n`
const tags = new Set<string | undefined>()
let opened = 0
let waiting = 0
let answered = 0
let answers = 0
let first = 0

function open(): void {
  if (opened === total) return
  opened += 1
  const socket = connect(Number(port), '127.0.0.1', () => {
    socket.write(request)
    waiting += 1
    if (waiting === total) process.stdout.write('waiting\n')
    else open()
  })
  socket.once('data', (bytes) => {
    const head = bytes.toString('latin1')
    if (answers === 0) first = performance.now()
    answers += 1
    if (head.startsWith('HTTP/1.1 200 ')) answered += 1
    tags.add(/^etag: (.*)$/im.exec(head)?.[1])
    if (answers < total) return
    const found: WakeCount = { answered, versions: tags.size, millis: performance.now() - first }
    process.stdout.write(`${JSON.stringify(found)}\n`, () => process.exit())
  })
}

for (let socket = 0; socket < AT_A_TIME; socket++) open()
