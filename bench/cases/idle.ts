import { setTimeout as delay } from 'node:timers/promises'
import { type Crowd, startCrowd } from '../load/start-crowd.ts'
import { startLoad } from '../load/start-load.ts'
import { startPlayers } from '../load/start-players.ts'
import type { BenchCase } from '../support/bench-case.ts'
import { type RtmpServer, startIngest, startNginxRelay } from '../support/rtmp-servers.ts'
import { source720p } from '../support/sources.ts'
import { median } from '../support/statistics.ts'

const RUNS = 3
const SECONDS = 10
const WARM_UP_MILLIS = 20_000
const STREAM = 'idle'

/** Those that come and do nothing, a thousand of them after a handshake. */
const IDLE: Crowd = { connected: 1_000, silent: 500, millis: 2_000 }
const STORM: Crowd = { connected: 200, silent: 0, millis: 1_000 }
/** An ingest closes who has asked for nothing after ten seconds: all that is measured has to be over by then. */
const HOLD_MILLIS = 3_000
const STORM_MILLIS = 2_000

/** The largest delay of a frame in milliseconds, in each phase. */
interface Phases {
  readonly before: number
  readonly coming: number
  readonly holding: number
  readonly storm: number
}

const PHASES: Readonly<Record<keyof Phases, string>> = {
  before: 'largest delay, nobody else there',
  coming: `… while ${IDLE.connected} idle and ${IDLE.silent} silent connections come in ${IDLE.millis / 1000} s`,
  holding: '… while they are there',
  storm: `… while ${STORM.connected} more come in ${STORM.millis / 1000} s, and the second after`,
}

/** Whether a stream's player notices connections that do nothing, and many that come at once. */
export const idle: BenchCase = {
  name: 'idle',
  summary: `largest delay of a stream while idle connections and a storm of new ones come, over nginx-rtmp (--seconds ${SECONDS} --runs ${RUNS})`,
  run: async ({ runs = RUNS, seconds = SECONDS }, report) => {
    const file = await source720p()
    const servers = [
      { subject: 'sluice ingest', start: () => startIngest() },
      { subject: 'nginx-rtmp', start: startNginxRelay },
    ].map((server) => ({ ...server, results: [] as Phases[] }))
    for (let run = 0; run < runs; run++) {
      for (const { subject, start, results } of servers) {
        const server = await start()
        if (server === undefined) {
          report.progress(`${subject} is not installed: left out`)
          continue
        }
        const result = await measure(server, file, seconds)
        results.push(result)
        report.progress(`${subject}, run ${run + 1} of ${runs}: ${JSON.stringify(result)}`)
      }
    }
    for (const { subject, results } of servers.filter((server) => server.results.length > 0)) {
      for (const phase of ['before', 'coming', 'holding', 'storm'] as const) {
        const samples = results.map((result) => result[phase])
        report.add({ subject, what: PHASES[phase], value: median(samples), unit: 'ms', samples })
      }
    }
  },
}

async function measure(server: RtmpServer, file: string, seconds: number): Promise<Phases> {
  const running: { stop(): Promise<void> }[] = [server]
  try {
    const url = `${server.rtmp}/${STREAM}`
    const [crowd, storm] = [await startCrowd(IDLE, url), await startCrowd(STORM, url)]
    running.unshift(crowd, storm, await startLoad(file, [url], { stamp: true }))
    const player = await startPlayers('read', 1, url)
    running.unshift(player)
    /** The largest delay within a time. It begins with a line of the player's, and ends with one, so that no phase sees another. */
    const largestIn = async (millis: number, crowdThatComes?: { begin(): void }): Promise<number> => {
      const from = player.count()
      crowdThatComes?.begin()
      await delay(millis)
      await player.next()
      const delays = player.from(from).flatMap((line) => line.delays)
      if (delays.length === 0) throw new Error(`no frame came within ${millis} ms`)
      return Math.max(...delays)
    }
    await delay(WARM_UP_MILLIS)
    await player.next()
    const before = await largestIn(seconds * 1000)
    const coming = await largestIn(IDLE.millis, crowd)
    const holding = await largestIn(HOLD_MILLIS)
    const during = await largestIn(STORM_MILLIS, storm)
    const [idlers, stormers] = [await crowd.next(), await storm.next()]
    const here = idlers.connected + idlers.silent + stormers.connected - idlers.closed - stormers.closed
    const expected = IDLE.connected + IDLE.silent + STORM.connected
    if (here < expected) throw new Error(`${here} connections are there, ${expected} expected`)
    return { before, coming, holding, storm: during }
  } finally {
    for (const each of running) await each.stop()
  }
}
