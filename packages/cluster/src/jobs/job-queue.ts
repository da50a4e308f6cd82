import { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { reply } from '../redis/errors.ts'
import type { ClusterLog } from '../redis/log.ts'
import { type ExpireJob, readExpireJob } from './expire-job.ts'
import { LIVE_QUEUE, queueOptions, transcodeJobId, UPKEEP_QUEUE } from './queues.ts'
import { reportErrors } from './report-errors.ts'
import { RETRY_STRATEGY } from './retry-delay.ts'
import { readTranscodeJob, type TranscodeJob } from './transcode-job.ts'

/** The ingest's side of the job queues. */
export class JobQueue {
  readonly #live: Queue
  readonly #upkeep: Queue

  /** @param redis - a connection that waits while Redis is away; it is left open. */
  constructor(redis: Redis, log: ClusterLog) {
    this.#live = new Queue(LIVE_QUEUE, queueOptions(redis))
    this.#upkeep = new Queue(UPKEEP_QUEUE, queueOptions(redis))
    reportErrors(this.#live, log)
    reportErrors(this.#upkeep, log)
  }

  /**
   * Puts a run of a broadcast on the queue. The same epoch twice is one job. Waits while Redis is away.
   *
   * @throws {StateError} `cluster.job.invalid`
   */
  async add(job: TranscodeJob): Promise<void> {
    await reply(
      this.#live.add('transcode', readTranscodeJob(job), {
        jobId: transcodeJobId(job),
        // A run that fails for a passing reason is tried again until the ingest replaces it.
        attempts: 1000,
        backoff: { type: RETRY_STRATEGY },
        removeOnComplete: true,
        removeOnFail: true,
      }),
    )
  }

  /** Has an ended broadcast's files and keys deleted, `delayMillis` from now. */
  async addExpire(job: ExpireJob, delayMillis: number): Promise<void> {
    await reply(
      this.#upkeep.add('expire', readExpireJob(job), {
        jobId: `expire-${job.broadcast}`,
        delay: delayMillis,
        attempts: 20,
        backoff: { type: 'exponential', delay: 1000, jitter: 0.5 },
        removeOnComplete: true,
        removeOnFail: { age: 7 * 86_400 },
      }),
    )
  }

  /** Runs that wait for a worker: more than none for long means that there are too few. */
  async waiting(): Promise<number> {
    return await reply(this.#live.getWaitingCount())
  }

  async stop(): Promise<void> {
    await Promise.all([this.#live.close(), this.#upkeep.close()])
  }
}
