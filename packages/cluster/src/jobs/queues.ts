import type { ConnectionOptions } from 'bullmq'
import { keys } from '../keys.ts'
import { redisOptions } from '../redis/connection.ts'

/** Transcoding: one job for each run of a live broadcast, active as long as it is on air. */
export const LIVE_QUEUE = 'live'

/** Short jobs. A queue of its own, so that they never wait behind live ones. */
export const UPKEEP_QUEUE = 'upkeep'

/** What every queue and worker is opened with. Commands wait while Redis is away. */
export function queueOptions(url: string): { connection: ConnectionOptions; prefix: string } {
  return { connection: { ...redisOptions(url), maxRetriesPerRequest: null }, prefix: keys.jobs }
}

/** BullMQ wants ids that are no integers and have no colon. */
export function transcodeJobId(job: { readonly broadcast: string; readonly epoch: number }): string {
  return `${job.broadcast}-${job.epoch}`
}
