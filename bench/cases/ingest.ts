import { setTimeout as delay } from 'node:timers/promises'
import { type Load, startLoad } from '../load/start-load.ts'
import type { BenchCase } from '../support/bench-case.ts'
import { hottestFunctions } from '../support/cpu-profile.ts'
import { type CpuUse, measureCpu, residentBytes } from '../support/process-tree.ts'
import type { Report } from '../support/report.ts'
import {
  type RtmpServer,
  startIngest,
  startNginxRelay,
  startNodeMediaServer,
  startNodeSink,
} from '../support/rtmp-servers.ts'
import { source720p } from '../support/sources.ts'
import { median } from '../support/statistics.ts'

const RUNS = 2
const SECONDS = 20
const PUBLISHERS = 200
const WARM_UP_MILLIS = 20_000
const GIGABIT = 1e9
/** What OBS announces, and the protocol's default, which some encoders never leave. */
const USUAL_CHUNK = 4096
const SMALLEST_CHUNK = 128

interface Candidate {
  readonly subject: string
  readonly chunkSize: number
  readonly start: () => Promise<RtmpServer | undefined>
}

interface Cost {
  /** CPU seconds for 10⁹ bits of payload. */
  readonly perGigabit: number
  /** Resident bytes that each publisher added. */
  readonly memory: number
  readonly use: CpuUse
  readonly late: number
}

/** What it costs to take publishers' media and hold the recent past of it, with nobody packaging or playing. */
export const ingest: BenchCase = {
  name: 'ingest',
  summary: `CPU per Gbit of taking RTMP, over a bare Node TCP sink, nginx-rtmp and Node-Media-Server (--publishers ${PUBLISHERS} --seconds ${SECONDS} --runs ${RUNS})`,
  run: async ({ runs = RUNS, seconds = SECONDS, publishers = PUBLISHERS, cpuProfile }, report) => {
    const file = await source720p()
    const candidates = cpuProfile === undefined ? allCandidates() : [sluice(USUAL_CHUNK, cpuProfile)]
    const costs = new Map<Candidate, Cost[]>(candidates.map((candidate) => [candidate, []]))
    for (let run = 0; run < runs; run++) {
      for (const candidate of candidates) {
        const cost = await measure(candidate, file, publishers, seconds)
        if (cost === undefined) {
          report.progress(`${candidate.subject} is not installed: left out`)
          continue
        }
        costs.get(candidate)?.push(cost)
        report.progress(`${candidate.subject}, run ${run + 1} of ${runs}: ${JSON.stringify(cost)}`)
      }
    }
    for (const [{ subject }, measured] of costs) addCost(report, subject, measured)
    if (cpuProfile !== undefined) process.stdout.write(`\n${await hottestFunctions(cpuProfile)}\n`)
  },
}

function sluice(chunkSize: number, cpuProfile?: string): Candidate {
  const subject = `sluice, chunks of ${chunkSize}`
  return { subject, chunkSize, start: () => startIngest(cpuProfile) }
}

function allCandidates(): Candidate[] {
  const others: readonly [string, Candidate['start']][] = [
    ['bare Node sink', startNodeSink],
    ['nginx-rtmp', startNginxRelay],
    ['Node-Media-Server', startNodeMediaServer],
  ]
  return [
    sluice(USUAL_CHUNK),
    ...others.map(([name, start]) => ({
      subject: `${name}, chunks of ${USUAL_CHUNK}`,
      chunkSize: USUAL_CHUNK,
      start,
    })),
    sluice(SMALLEST_CHUNK),
    {
      subject: `bare Node sink, chunks of ${SMALLEST_CHUNK}`,
      chunkSize: SMALLEST_CHUNK,
      start: startNodeSink,
    },
  ]
}

async function measure(
  { start, chunkSize }: Candidate,
  file: string,
  publishers: number,
  seconds: number,
): Promise<Cost | undefined> {
  const server = await start()
  if (server === undefined) return undefined
  const urls = Array.from({ length: publishers }, (_, index) => `${server.rtmp}/ingest${index}`)
  let load: Load | undefined
  try {
    const idle = residentBytes(server.pid)
    load = await startLoad(file, urls, { chunkSize })
    await delay(WARM_UP_MILLIS)
    const before = await load.nextCount()
    const use = await measureCpu([server.pid], seconds)
    const after = await load.nextCount()
    const gigabits = ((after.payloadBytes - before.payloadBytes) * 8) / GIGABIT
    const memory = (residentBytes(server.pid) - idle) / publishers
    return { perGigabit: use.cpuSeconds / gigabits, memory, use, late: after.late - before.late }
  } finally {
    await load?.stop()
    await server.stop()
  }
}

function addCost(report: Report, subject: string, costs: readonly Cost[]): void {
  if (costs.length === 0) return
  const samples = costs.map((cost) => cost.perGigabit)
  const cores = median(costs.map(({ use }) => use.cpuSeconds / use.seconds))
  const elsewhere = median(costs.map(({ use }) => use.elsewhere / use.seconds))
  const late = Math.max(...costs.map((cost) => cost.late))
  const note = `${cores.toFixed(3)} cores; elsewhere ${elsewhere.toFixed(2)} cores; ${late} messages late`
  report.add({ subject, what: 'CPU per Gbit', value: median(samples), unit: 's', samples, note })
  const memory = median(costs.map((cost) => cost.memory)) / 1e6
  report.add({ subject, what: 'memory per publisher', value: memory, unit: 'MB' })
}
