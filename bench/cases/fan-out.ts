import { setTimeout as delay } from 'node:timers/promises'
import { readFlvMessages } from '../load/flv-messages.ts'
import { startLoad } from '../load/start-load.ts'
import { startPlayers } from '../load/start-players.ts'
import type { BenchCase } from '../support/bench-case.ts'
import { addCpuCost, type CpuCost } from '../support/cpu-cost.ts'
import { hottestFunctions } from '../support/cpu-profile.ts'
import { cpuBetween, lookAtTree } from '../support/process-tree.ts'
import type { Report } from '../support/report.ts'
import { type RtmpServer, startIngest, startNginxRelay } from '../support/rtmp-servers.ts'
import { source720p } from '../support/sources.ts'
import { median, quantile } from '../support/statistics.ts'

const RUNS = 3
const SECONDS = 30
const PLAYERS = 200
/** Few enough that nobody waits for the players' own process. */
const DELAY_PLAYERS = 20
const WARM_UP_MILLIS = 20_000
const GIGABIT = 1e9
const STREAM = 'fan-out'

/** @returns undefined where the server is not installed. */
type Start = () => Promise<RtmpServer | undefined>

/** Of the bits that players received. */
interface Cost extends CpuCost {
  /** What each player received, over what a stream like this has by the clock: with the headers a little more than all of it. */
  readonly share: number
}

/** From the publisher's write to the last byte at a player, in milliseconds. */
interface Delays {
  readonly p50: number
  readonly p99: number
}

/** What it costs to give one publisher's stream to many players, and how long it takes. */
export const fanOut: BenchCase = {
  name: 'fan-out',
  summary: `CPU per Gbit delivered from one publisher to RTMP players, and its delay, over nginx-rtmp (--players ${PLAYERS} --seconds ${SECONDS} --runs ${RUNS})`,
  run: async ({ runs = RUNS, seconds = SECONDS, players = PLAYERS, cpuProfile }, report) => {
    const file = await source720p()
    const servers = [
      { subject: 'sluice ingest', start: () => startIngest({ cpuProfile }) },
      ...(cpuProfile === undefined ? [{ subject: 'nginx-rtmp', start: startNginxRelay }] : []),
    ].map((server) => ({ ...server, costs: [] as Cost[], delays: [] as Delays[] }))
    for (let run = 0; run < runs; run++) {
      for (const { subject, start, costs, delays } of servers) {
        const cost = await measureCost(start, file, players, seconds)
        if (cost === undefined) {
          report.progress(`${subject} is not installed: left out`)
          continue
        }
        costs.push(cost)
        report.progress(`${subject}, run ${run + 1} of ${runs}: ${JSON.stringify(cost)}`)
        if (cpuProfile !== undefined) continue
        const measured = await measureDelays(start, file, seconds)
        if (measured !== undefined) delays.push(measured)
        report.progress(`${subject}, run ${run + 1} of ${runs}: ${JSON.stringify(measured)}`)
      }
    }
    for (const { subject, costs, delays } of servers) {
      const share = Math.min(...costs.map((cost) => cost.share)) * 100
      const delivered = `${share.toFixed(0)} % delivered`
      addCpuCost(report, { subject, what: 'CPU per Gbit delivered', costs }, [delivered])
      if (delays.length > 0) addDelays(report, subject, delays)
    }
    if (cpuProfile !== undefined) process.stdout.write(`\n${await hottestFunctions(cpuProfile)}\n`)
  },
}

async function measureCost(
  start: Start,
  file: string,
  players: number,
  seconds: number,
): Promise<Cost | undefined> {
  const server = await start()
  if (server === undefined) return undefined
  const running: { stop(): Promise<void> }[] = [server]
  try {
    const url = `${server.rtmp}/${STREAM}`
    const load = await startLoad(file, [url])
    running.unshift(load)
    const audience = await startPlayers('count', players, url)
    running.unshift(audience)
    await delay(WARM_UP_MILLIS)
    const { late: lateBefore } = await load.nextCount()
    const first = await audience.next()
    const from = lookAtTree([server.pid])
    await delay(seconds * 1000)
    const last = await audience.next()
    const use = cpuBetween(from, lookAtTree([server.pid]))
    const received = last.receivedBytes - first.receivedBytes
    const { payloadBytes, duration } = readFlvMessages(file)
    return {
      perGigabit: (use.cpuSeconds * GIGABIT) / (received * 8),
      use,
      share: received / players / ((payloadBytes / duration) * (last.at - first.at)),
      late: (await load.nextCount()).late - lateBefore,
    }
  } finally {
    for (const each of running) await each.stop()
  }
}

async function measureDelays(start: Start, file: string, seconds: number): Promise<Delays | undefined> {
  const server = await start()
  if (server === undefined) return undefined
  const running: { stop(): Promise<void> }[] = [server]
  try {
    const url = `${server.rtmp}/${STREAM}`
    running.unshift(await startLoad(file, [url], { stamp: true }))
    const audience = await startPlayers('read', DELAY_PLAYERS, url)
    running.unshift(audience)
    await delay(WARM_UP_MILLIS)
    const begin = audience.count()
    await delay(seconds * 1000)
    const delays = audience.from(begin).flatMap((line) => line.delays)
    return { p50: quantile(delays, 0.5), p99: quantile(delays, 0.99) }
  } finally {
    for (const each of running) await each.stop()
  }
}

function addDelays(report: Report, subject: string, delays: readonly Delays[]): void {
  const note = `${DELAY_PLAYERS} players, frames of video`
  const add = (what: string, samples: readonly number[]): void =>
    report.add({ subject, what, value: median(samples), unit: 'ms', samples, note })
  add(
    'publisher to player, p50',
    delays.map(({ p50 }) => p50),
  )
  add(
    'publisher to player, p99',
    delays.map(({ p99 }) => p99),
  )
}
