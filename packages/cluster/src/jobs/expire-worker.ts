import { Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import type { Broadcasts } from '../broadcasts/broadcasts.ts'
import type { ClusterLog } from '../redis/log.ts'
import { type ExpireJob, readExpireJob } from './expire-job.ts'
import { queueOptions, UPKEEP_QUEUE } from './queues.ts'
import { reportErrors } from './report-errors.ts'

/** Options of {@link runExpireWorker}. */
export interface ExpireWorkerOptions {
  /** Deletes the broadcast's files. To reject means to be called again later. */
  handler(job: ExpireJob): Promise<void>
  readonly log: ClusterLog
}

/** Deletes ended broadcasts when their time has come: first the files (the handler), then the keys. */
export function runExpireWorker(
  redis: Redis,
  broadcasts: Broadcasts,
  options: ExpireWorkerOptions,
): { stop(): Promise<void> } {
  const worker = new Worker(
    UPKEEP_QUEUE,
    async (delivered) => {
      const job = readExpireJob(delivered.data)
      await options.handler(job)
      await broadcasts.remove(job.broadcast)
      options.log.debug(job, 'an ended broadcast is deleted')
    },
    { ...queueOptions(redis), runRetryDelay: 500 },
  )
  reportErrors(worker, options.log)
  return { stop: () => worker.close(redis.status !== 'ready') }
}
