import { readFlvMessages } from '../load/flv-messages.ts'
import type { BenchCase } from '../support/bench-case.ts'
import { addCpuCost } from '../support/cpu-cost.ts'
import { hottestFunctions } from '../support/cpu-profile.ts'
import { type IngestCost, measureIngest } from '../support/ingest-load.ts'
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
/** What a ring holds of its stream: two segments of two seconds, and on average half of the one that is being made. */
const RING_SECONDS = 5
/** What OBS announces, and the protocol's default, which some encoders never leave. */
const USUAL_CHUNK = 4096
const SMALLEST_CHUNK = 128

interface Candidate {
  readonly subject: string
  readonly chunkSize: number
  readonly start: () => Promise<RtmpServer | undefined>
  /** It keeps the recent past of each stream. */
  readonly hasRing?: boolean
}

/** What it costs to take publishers' media and hold the recent past of it, with nobody packaging or playing. */
export const ingest: BenchCase = {
  name: 'ingest',
  summary: `CPU per Gbit of taking RTMP, over a bare Node TCP sink, nginx-rtmp and Node-Media-Server (--publishers ${PUBLISHERS} --seconds ${SECONDS} --runs ${RUNS})`,
  run: async ({ runs = RUNS, seconds = SECONDS, publishers = PUBLISHERS, cpuProfile }, report) => {
    const file = await source720p()
    const candidates = cpuProfile === undefined ? allCandidates() : [sluice(USUAL_CHUNK, cpuProfile)]
    const costs = new Map<Candidate, IngestCost[]>(candidates.map((candidate) => [candidate, []]))
    for (let run = 0; run < runs; run++) {
      for (const candidate of candidates) {
        const { start, chunkSize } = candidate
        const cost = await measureIngest(start, { file, publishers, chunkSize, seconds })
        if (cost === undefined) {
          report.progress(`${candidate.subject} is not installed: left out`)
          continue
        }
        costs.get(candidate)?.push(cost)
        report.progress(`${candidate.subject}, run ${run + 1} of ${runs}: ${JSON.stringify(cost)}`)
      }
    }
    const { payloadBytes, duration } = readFlvMessages(file)
    const ring = ((payloadBytes / duration) * RING_SECONDS * 1000) / 1e6
    for (const [{ subject, hasRing }, measured] of costs) {
      if (measured.length === 0) continue
      addCpuCost(report, { subject, what: 'CPU per Gbit', costs: measured })
      const memory = median(measured.map((cost) => cost.memory)) / 1e6
      report.add({ subject, what: 'memory per publisher', value: memory, unit: 'MB' })
      if (hasRing) {
        const note = `a ring holds ${ring.toFixed(2)} MB on average`
        report.add({ subject, what: 'memory beyond the ring', value: memory - ring, unit: 'MB', note })
      }
    }
    if (cpuProfile !== undefined) process.stdout.write(`\n${await hottestFunctions(cpuProfile)}\n`)
  },
}

function sluice(chunkSize: number, cpuProfile?: string): Candidate {
  const subject = `sluice, chunks of ${chunkSize}`
  return { subject, chunkSize, start: () => startIngest({ cpuProfile }), hasRing: true }
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
