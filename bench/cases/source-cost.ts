import { setTimeout as delay } from 'node:timers/promises'
import { buildRustLoad, startRustLoad } from '../load/rust-load.ts'
import { type Load, startLoad } from '../load/start-load.ts'
import type { BenchCase } from '../support/bench-case.ts'
import { addCpuCost, type CpuCost } from '../support/cpu-cost.ts'
import { hottestFunctions } from '../support/cpu-profile.ts'
import { measureCpu } from '../support/process-tree.ts'
import { hasNginxRtmp } from '../support/rtmp-servers.ts'
import {
  type SegmentingServer,
  startFfmpegCopies,
  startNginxHls,
  startSluice,
} from '../support/segmenting-servers.ts'
import { source720p } from '../support/sources.ts'

const RUNS = 3
const SECONDS = 30
const PUBLISHERS = 50
/** The gateway's code is compiled as it runs: after ten seconds that still takes a twelfth of its CPU time. */
const WARM_UP_MILLIS = 30_000
const GIGABIT = 1e9

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
    const costs = new Map<string, CpuCost[]>(servers.map(({ subject }) => [subject, []]))
    for (let run = 0; run < runs; run++) {
      for (const { subject, start, load } of servers) {
        const cost = await measure(await start(), file, load, seconds)
        if (typeof cost === 'string') {
          report.progress(`${subject}, run ${run + 1} of ${runs}, is left out: ${cost}`)
          continue
        }
        costs.get(subject)?.push(cost)
        report.progress(`${subject}, run ${run + 1} of ${runs}: ${JSON.stringify(cost)}`)
      }
    }
    for (const [subject, measured] of costs)
      addCpuCost(report, { subject, what: 'CPU per Gbit', costs: measured })
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

/** @returns the cost, or why there is none: the server did not do the work. */
async function measure(
  server: SegmentingServer,
  file: string,
  startLoadOf: StartLoad,
  seconds: number,
): Promise<CpuCost | string> {
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
    if (least < expected) return `a stream has ${least} segments on disk, ${expected} expected`
    const gigabits = ((after.payloadBytes - before.payloadBytes) * 8) / GIGABIT
    return { perGigabit: use.cpuSeconds / gigabits, use, late: after.late - before.late }
  } finally {
    await load?.stop()
    await server.stop()
  }
}
