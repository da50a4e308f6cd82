import { setTimeout as delay } from 'node:timers/promises'
import { buildRustLoad, startRustLoad } from '../load/rust-load.ts'
import { type Load, startLoad } from '../load/start-load.ts'
import type { BenchCase } from '../support/bench-case.ts'
import { hottestFunctions } from '../support/cpu-profile.ts'
import { type CpuUse, measureCpu } from '../support/process-tree.ts'
import type { Report } from '../support/report.ts'
import { hasNginxRtmp } from '../support/rtmp-servers.ts'
import {
  type SegmentingServer,
  startFfmpegCopies,
  startNginxHls,
  startSluice,
} from '../support/segmenting-servers.ts'
import { source720p } from '../support/sources.ts'
import { median } from '../support/statistics.ts'

const RUNS = 3
const SECONDS = 30
const PUBLISHERS = 20
/** The gateway's code is compiled as it runs: after ten seconds that still takes a twelfth of its CPU time. */
const WARM_UP_MILLIS = 30_000
const GIGABIT = 1e9

interface Cost {
  /** CPU seconds for 10⁹ bits of payload. */
  readonly perGigabit: number
  readonly use: CpuUse
  readonly late: number
}

/** What it costs to turn a publisher's packets into segments, without encoding. */
export const sourceCost: BenchCase = {
  name: 'source-cost',
  summary: `CPU per Gbit from RTMP to segments on disk, source rung alone, over nginx-rtmp and ffmpeg (--publishers ${PUBLISHERS} --seconds ${SECONDS} --runs ${RUNS})`,
  run: async ({ runs = RUNS, seconds = SECONDS, publishers = PUBLISHERS, cpuProfile }, report) => {
    const file = await source720p()
    const names = Array.from({ length: publishers }, (_, index) => `cost${index}`)
    const rustLoad = await buildRustLoad()
    if (rustLoad === undefined) report.progress('no rtmpload: its cross-check is left out')
    const servers = [
      { subject: 'sluice', start: () => startSluice(names, cpuProfile), load: startLoad },
      ...(cpuProfile === undefined ? alternatives(names) : []),
      ...(rustLoad === undefined || cpuProfile !== undefined
        ? []
        : [
            {
              subject: 'sluice, load by rtmpload',
              start: () => startSluice(names, undefined),
              load: startRustLoad(rustLoad, seconds + WARM_UP_MILLIS / 1000 + 10),
            },
          ]),
    ]
    const costs = new Map<string, Cost[]>(servers.map(({ subject }) => [subject, []]))
    for (let run = 0; run < runs; run++) {
      for (const { subject, start, load } of servers) {
        const cost = await measure(await start(), file, load, seconds)
        costs.get(subject)?.push(cost)
        report.progress(`${subject}, run ${run + 1} of ${runs}: ${JSON.stringify(cost)}`)
      }
    }
    for (const [subject, measured] of costs) addCost(report, subject, measured)
    if (cpuProfile !== undefined) {
      process.stdout.write(`\n${await hottestFunctions(cpuProfile)}\n`)
    }
  },
}

type StartLoad = (file: string, urls: readonly string[]) => Promise<Load>

function alternatives(
  names: readonly string[],
): { subject: string; start: () => Promise<SegmentingServer>; load: StartLoad }[] {
  return [
    ...(hasNginxRtmp()
      ? [{ subject: 'nginx-rtmp, HLS', start: () => startNginxHls(names), load: startLoad }]
      : []),
    { subject: 'ffmpeg -c copy, HLS fMP4', start: () => startFfmpegCopies(names), load: startLoad },
  ]
}

async function measure(
  server: SegmentingServer,
  file: string,
  startLoadOf: StartLoad,
  seconds: number,
): Promise<Cost> {
  let load: Load | undefined
  try {
    load = await startLoadOf(file, server.urls)
    await delay(WARM_UP_MILLIS)
    const before = await load.nextCount()
    const use = await measureCpu(server.pids, seconds)
    const after = await load.nextCount()
    const stored = await server.storedSegments()
    const least = Math.min(...stored)
    // Every publisher has been on air for warm-up and measurement: two-second segments, some still under way.
    const expected = (WARM_UP_MILLIS / 1000 + seconds) / 2 - 4
    if (least < expected) throw new Error(`a stream has ${least} segments on disk, ${expected} expected`)
    const gigabits = ((after.payloadBytes - before.payloadBytes) * 8) / GIGABIT
    return { perGigabit: use.cpuSeconds / gigabits, use, late: after.late - before.late }
  } finally {
    await load?.stop()
    await server.stop()
  }
}

function addCost(report: Report, subject: string, costs: readonly Cost[]): void {
  const samples = costs.map((cost) => cost.perGigabit)
  const cores = median(costs.map(({ use }) => use.cpuSeconds / use.seconds))
  const elsewhere = median(costs.map(({ use }) => use.elsewhere / use.seconds))
  const late = Math.max(...costs.map((cost) => cost.late))
  const note = `${cores.toFixed(3)} cores; elsewhere ${elsewhere.toFixed(2)} cores; ${late} messages late`
  report.add({ subject, what: 'CPU per Gbit', value: median(samples), unit: 's', samples, note })
}
