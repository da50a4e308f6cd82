import { setTimeout as delay } from 'node:timers/promises'
import { type Load, startLoad } from '../load/start-load.ts'
import type { CpuCost } from './cpu-cost.ts'
import { busiestBetween, cpuBetween, lookAtTree, residentBytes } from './process-tree.ts'
import type { RtmpServer } from './rtmp-servers.ts'

const WARM_UP_MILLIS = 20_000
const GIGABIT = 1e9

/** What publishers cost a server. */
export interface IngestCost extends CpuCost {
  /** Resident bytes that each publisher added to the process that was started. */
  readonly memory: number
  /** Of their payloads, by the clock. */
  readonly gigabitsPerSecond: number
  /** CPU seconds a second of the process that had most to do. */
  readonly busiest: number
}

export interface IngestLoad {
  /** An FLV file, published over and over. */
  readonly file: string
  readonly publishers: number
  readonly chunkSize: number
  readonly seconds: number
}

/** Publishes to a server that is started and stopped for it. @returns undefined where it cannot be started. */
export async function measureIngest(
  start: () => Promise<RtmpServer | undefined>,
  { file, publishers, chunkSize, seconds }: IngestLoad,
): Promise<IngestCost | undefined> {
  const server = await start()
  if (server === undefined) return undefined
  const urls = Array.from({ length: publishers }, (_, index) => `${server.rtmp}/ingest${index}`)
  let load: Load | undefined
  try {
    const idle = residentBytes(server.pid)
    load = await startLoad(file, urls, { chunkSize })
    await delay(WARM_UP_MILLIS)
    const before = await load.nextCount()
    const from = lookAtTree([server.pid])
    await delay(seconds * 1000)
    const to = lookAtTree([server.pid])
    const after = await load.nextCount()
    const use = cpuBetween(from, to)
    const gigabits = ((after.payloadBytes - before.payloadBytes) * 8) / GIGABIT
    return {
      use,
      perGigabit: use.cpuSeconds / gigabits,
      memory: (residentBytes(server.pid) - idle) / publishers,
      gigabitsPerSecond: gigabits / use.seconds,
      busiest: busiestBetween(from, to) / use.seconds,
      late: after.late - before.late,
    }
  } finally {
    await load?.stop()
    await server.stop()
  }
}
