import type { BenchCase } from '../support/bench-case.ts'
import { addCpuCost } from '../support/cpu-cost.ts'
import { type IngestCost, measureIngest } from '../support/ingest-load.ts'
import { startIngest } from '../support/rtmp-servers.ts'
import { source720p } from '../support/sources.ts'
import { median } from '../support/statistics.ts'

const RUNS = 2
const SECONDS = 20
const PUBLISHERS = 200
const CHUNK_SIZE = 4096
const PROCESSES = [1, 2, 4] as const

/**
 * What several processes of one ingest take. A machine with as many cores as processes, and others for the publishers, would show it
 * by itself; elsewhere it follows from how the same load is spread: the process with most to do fills its core first.
 */
export const ingestProcesses: BenchCase = {
  name: 'processes',
  summary: `what an ingest of ${PROCESSES.join(', ')} processes could take, and its CPU per Gbit (--publishers ${PUBLISHERS} --seconds ${SECONDS} --runs ${RUNS})`,
  run: async ({ runs = RUNS, seconds = SECONDS, publishers = PUBLISHERS }, report) => {
    const load = { file: await source720p(), publishers, seconds, chunkSize: CHUNK_SIZE }
    const costs = new Map<number, IngestCost[]>(PROCESSES.map((processes) => [processes, []]))
    for (let run = 0; run < runs; run++) {
      for (const [processes, measured] of costs) {
        const cost = await measureIngest(() => startIngest({ processes }), load)
        if (cost === undefined) continue
        measured.push(cost)
        report.progress(`processes: ${processes}, run ${run + 1} of ${runs}: ${JSON.stringify(cost)}`)
      }
    }
    for (const [processes, measured] of costs) {
      const subject = processes === 1 ? '1 process' : `${processes} processes`
      addCpuCost(report, { subject, what: 'CPU per Gbit', costs: measured })
      const samples = measured.map(({ gigabitsPerSecond, busiest }) => gigabitsPerSecond / busiest)
      const share = median(measured.map(({ busiest, use }) => (busiest * use.seconds) / use.cpuSeconds))
      report.add({
        subject,
        what: 'room until the busiest process fills a core',
        value: median(samples),
        unit: 'Gbit/s',
        samples,
        note: `it has ${(100 * share).toFixed(0)} % of the work`,
      })
    }
  },
}
