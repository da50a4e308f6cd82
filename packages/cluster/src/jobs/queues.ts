import type { Redis } from 'ioredis'
import { keys } from '../keys.ts'

/** Transcoding: one job for each run of a live broadcast, active as long as it is on air. */
export const LIVE_QUEUE = 'live'

/** Short jobs. A queue of its own, so that they never wait behind live ones. */
export const UPKEEP_QUEUE = 'upkeep'

/**
 * What every queue and worker is opened with: a connection of ours, so that it can be closed while Redis is
 * away (BullMQ's own waits for a polite goodbye).
 *
 * @param redis - a connection that waits while Redis is away.
 */
export function queueOptions(redis: Redis): { connection: Redis; prefix: string } {
  return { connection: redis, prefix: keys.jobs }
}

/** BullMQ wants ids that are no integers and have no colon. */
export function transcodeJobId(job: { readonly broadcast: string; readonly epoch: number }): string {
  return `${job.broadcast}-${job.epoch}`
}
