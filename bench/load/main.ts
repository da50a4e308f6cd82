/**
 * The load generator: publishes one FLV file to every address given, in real time, over and over, until it is
 * killed. A process of its own, so that its CPU time is not counted.
 *
 * `node --import tsx bench/load/main.ts [--stamp] FILE CHUNK_SIZE URL…`. Prints one JSON line (`LoadCount`) when all are
 * publishing and then every 250 ms. With `--stamp` frames of video say when they were sent.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type FileMessages, readFlvMessages } from './flv-messages.ts'
import type { LoadCount } from './load-count.ts'
import { RtmpPublisher } from './rtmp-publisher.ts'
import { monotonicMicros, stampMessage } from './stamp.ts'

/** Time between two looks at what is due, in milliseconds. */
const TICK = 2
const COUNT_INTERVAL = 250
/** A message sent this much after its time is late: the machine has no time for the generator. */
const LATE = 200
const CONNECT_TIMEOUT = 20_000

/** One publisher's place in the file. */
class Replay {
  readonly #publisher: RtmpPublisher
  readonly #file: FileMessages
  readonly #startsAt: number
  #next = 0
  #round = 0

  /** @param startsAt - on the clock of `performance.now`. */
  constructor(publisher: RtmpPublisher, file: FileMessages, startsAt: number) {
    this.#publisher = publisher
    this.#file = file
    this.#startsAt = startsAt
  }

  /** Sends everything that is due and counts it. */
  send(now: number, count: { payloadBytes: number; messages: number; late: number }): void {
    const { messages, duration } = this.#file
    for (;;) {
      const message = messages[this.#next]
      if (message === undefined) {
        this.#next = 0
        this.#round += 1
        continue
      }
      const timestamp = this.#round * duration + message.timestamp
      const due = this.#startsAt + timestamp
      if (due > now) return
      this.#next += 1
      if (message.setup && this.#round > 0) continue
      this.#publisher.send(values.stamp ? stampMessage(message, monotonicMicros()) : message, timestamp)
      count.payloadBytes += message.payload.length
      count.messages += 1
      if (now - due > LATE) count.late += 1
    }
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { stamp: { type: 'boolean', default: false } },
})
const [path = '', chunkSize = '', ...urls] = positionals
const file = readFlvMessages(path)
const publishers = await Promise.all(urls.map(openPatiently))
for (const publisher of publishers) {
  void publisher.closed.then(() => {
    process.stderr.write('the server closed a connection\n')
    process.exit(1)
  })
}
const begin = performance.now() + 100
// Spread over one frame, as independent encoders are.
const replays = publishers.map(
  (publisher, index) => new Replay(publisher, file, begin + (index * 1000) / 30 / publishers.length),
)
const count = { payloadBytes: 0, messages: 0, late: 0 }
setInterval(() => {
  const now = performance.now()
  for (const replay of replays) replay.send(now, count)
}, TICK)
const print = (): void => {
  const line: LoadCount = { publishers: publishers.length, ...count }
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
print()
setInterval(print, COUNT_INTERVAL)

/** Servers under test may still be starting. */
async function openPatiently(url: string): Promise<RtmpPublisher> {
  for (const deadline = performance.now() + CONNECT_TIMEOUT; ; await delay(200)) {
    try {
      return await RtmpPublisher.open(url, Number(chunkSize))
    } catch (error) {
      if (performance.now() > deadline) throw error
    }
  }
}
