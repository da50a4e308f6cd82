/**
 * A crowd: connections that come and then say nothing, until killed. A process of its own, so that its CPU time is not counted.
 *
 * `node --import tsx bench/load/crowd.ts CONNECTED SILENT MILLIS URL`: so many RTMP connections that get as far as a message stream,
 * and so many on which nothing is sent at all, evenly within so many milliseconds from SIGUSR2 on. Prints one JSON line
 * (`CrowdCount`) when it is ready to begin, and then every 100 ms.
 */
import { connect } from 'node:net'
import type { CrowdCount } from './crowd-count.ts'
import { RtmpClient } from './rtmp-client.ts'

const COUNT_INTERVAL = 100
/** Time between two looks at what is due, in milliseconds. */
const TICK = 2

const [connected = '', silent = '', millis = '', url = ''] = process.argv.slice(2)
const { hostname, port } = new URL(url)
const counts = { connected: 0, silent: 0, closed: 0 }

async function comeConnected(): Promise<void> {
  try {
    const client = await RtmpClient.open(url)
    counts.connected += 1
    await client.closed
  } finally {
    counts.closed += 1
  }
}

function comeSilent(): void {
  const socket = connect(Number(port), hostname, () => {
    counts.silent += 1
  })
  socket.on('error', () => socket.destroy())
  socket.on('close', () => {
    counts.closed += 1
  })
  // Whatever the server may say is thrown away, so that its goodbye is noticed.
  socket.resume()
}

/** Calls `come` so many times, evenly within the time. */
function spread(count: number, come: () => void): void {
  const began = performance.now()
  let done = 0
  const timer = setInterval(() => {
    const due = Math.min(count, Math.ceil((count * (performance.now() - began)) / Number(millis)))
    for (; done < due; done++) come()
    if (done >= count) clearInterval(timer)
  }, TICK)
}

process.on('SIGUSR2', () => {
  // One that is refused has been counted.
  spread(Number(connected), () => void comeConnected().catch(() => undefined))
  spread(Number(silent), comeSilent)
})

const print = (): void => {
  const line: CrowdCount = counts
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
print()
setInterval(print, COUNT_INTERVAL)
