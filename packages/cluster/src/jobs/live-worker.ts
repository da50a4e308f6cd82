import { errorCode, errorMessage, StateError, UnsupportedError } from '@sluice/core'
import { type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import type { Broadcasts } from '../broadcasts/broadcasts.ts'
import type { ClusterLog } from '../redis/log.ts'
import { LIVE_QUEUE, queueOptions } from './queues.ts'
import { reportErrors } from './report-errors.ts'
import { retryDelay } from './retry-delay.ts'
import { readTranscodeJob, type TranscodeJob } from './transcode-job.ts'

/** Why a handler's signal was aborted: `signal.reason` is one of these. */
export type RunEnd =
  /** This worker stops: close what is open; the broadcast goes on elsewhere. */
  | 'stopping'
  /** Another run has taken over, or this one lost its claim for good: everything it still does is lost. */
  | 'superseded'

/** Options of {@link runLiveWorker}. */
export interface LiveWorkerOptions {
  /** Broadcasts handled at a time. */
  readonly concurrency: number
  /**
   * Runs one broadcast to its end. To resolve means that this run is over and that the ingest knows (it
   * saw the feed end or close, so it has put a replacement on the queue where one is needed). To reject
   * means that the job is to run again, here or elsewhere, under a new epoch: at once when this worker is
   * stopping, else after `retryDelay`; an `UnsupportedError` means that it must not run again.
   */
  handler(job: TranscodeJob, signal: AbortSignal): Promise<void>
  readonly log: ClusterLog
  /** Other than the defaults only in tests. */
  readonly timing?: Partial<LiveWorkerTiming>
}

/** How fast a dead worker is noticed by the queue itself; the ingest notices in milliseconds. */
export interface LiveWorkerTiming {
  /** A job whose lock is not renewed for so long is given to another worker. */
  readonly lockMillis: number
  readonly stalledCheckMillis: number
  /** How long a run goes on after its lock was lost, for the case that the job comes back to this worker. */
  readonly adoptionMillis: number
}

/** Measured: 2.6 to 3.6 s from the death of a worker to the next one's start, at 0.4 % of a core in Redis. */
const DEFAULT_TIMING: LiveWorkerTiming = {
  lockMillis: 3000,
  stalledCheckMillis: 1000,
  adoptionMillis: 10_000,
}

/** A worker that takes jobs until it is stopped. */
export interface LiveWorker {
  /** Broadcasts that run now. */
  readonly running: number
  /** Takes no more jobs, aborts the handlers' signals, and waits for them. */
  stop(): Promise<void>
}

interface Run {
  readonly job: TranscodeJob
  readonly controller: AbortController
  readonly finished: Promise<void>
  giveUp: NodeJS.Timeout | undefined
}

/**
 * Takes live jobs from the queue.
 *
 * A run outlives its job's lock: when Redis was away for longer than the lock lives, the job is delivered
 * once more, and the worker that still runs it just goes on with it. Delivered to another worker instead, it gets
 * a new epoch there, and the run here is aborted as superseded.
 *
 * @param redis - a connection that waits while Redis is away; it is left open.
 */
export function runLiveWorker(redis: Redis, broadcasts: Broadcasts, options: LiveWorkerOptions): LiveWorker {
  const runner = new LiveRunner(broadcasts, options)
  const timing = { ...DEFAULT_TIMING, ...options.timing }
  // Two parameters: the third, BullMQ's own signal, would end with a delivery, which a run may outlive.
  const worker = new Worker(LIVE_QUEUE, (job, token) => runner.deliver(job, token), {
    ...queueOptions(redis),
    concurrency: options.concurrency,
    lockDuration: timing.lockMillis,
    stalledInterval: timing.stalledCheckMillis,
    // The counter lives as long as the job, which may be days: the default fails it at the second fail-over.
    maxStalledCount: 1_000_000,
    runRetryDelay: 500,
    drainDelay: 5,
    settings: { backoffStrategy: (attempts, _type, _error, job) => retryDelay(attempts + failuresOf(job)) },
  })
  reportErrors(worker, options.log)
  worker.on('lockRenewalFailed', (jobIds) => {
    for (const jobId of jobIds) runner.lockLost(jobId, timing.adoptionMillis)
  })
  let stopped: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    await worker.pause(true)
    await runner.stop()
    // Politely, so that the jobs' last words reach the queue; without waiting for a Redis that is away.
    await worker.close(redis.status !== 'ready')
  }
  return {
    get running() {
      return runner.running
    },
    stop: () => {
      stopped ??= stop()
      return stopped
    },
  }
}

class LiveRunner {
  readonly #broadcasts: Broadcasts
  readonly #options: LiveWorkerOptions
  readonly #runs = new Map<string, Run>()
  #stopping = false

  constructor(broadcasts: Broadcasts, options: LiveWorkerOptions) {
    this.#broadcasts = broadcasts
    this.#options = options
  }

  get running(): number {
    return this.#runs.size
  }

  /** Handles one delivery of a job, from start to end. What it throws tells the queue what to do with the job. */
  async deliver(delivered: Job, token: string | undefined): Promise<void> {
    const jobId = delivered.id
    if (jobId === undefined || token === undefined)
      throw new StateError('cluster.job.anonymous', 'a job was delivered without id or token')
    try {
      const run = this.#adopt(jobId) ?? (await this.#begin(delivered, jobId))
      await run?.finished
    } catch (error) {
      await this.#afterFailure(delivered, token, error)
    }
  }

  /** The job's lock is gone. Ends its run if another has begun elsewhere; else waits for the job to come back. */
  lockLost(jobId: string, adoptionMillis: number): void {
    const run = this.#runs.get(jobId)
    if (run === undefined) return
    run.giveUp ??= setTimeout(() => run.controller.abort('superseded' satisfies RunEnd), adoptionMillis)
    this.#endIfSuperseded(run).catch((error: unknown) => {
      this.#options.log.debug({ err: error }, 'could not look up the latest epoch')
    })
  }

  /** Aborts all runs and waits for their handlers. */
  async stop(): Promise<void> {
    this.#stopping = true
    for (const run of this.#runs.values()) run.controller.abort('stopping' satisfies RunEnd)
    await Promise.allSettled([...this.#runs.values()].map((run) => run.finished))
  }

  #adopt(jobId: string): Run | undefined {
    const run = this.#runs.get(jobId)
    if (run === undefined) return undefined
    clearTimeout(run.giveUp)
    run.giveUp = undefined
    this.#options.log.info(facts(run.job), 'a job came back to its running pipeline')
    return run
  }

  async #begin(delivered: Job, jobId: string): Promise<Run | undefined> {
    // The queue handed this out while the worker was being paused: it goes back as it came.
    if (this.#stopping) throw new StateError('cluster.job.stopping', 'the worker is stopping')
    const job = unrecoverable(() => readTranscodeJob(delivered.data))
    const again = delivered.attemptsStarted > 1
    const claim = await this.#broadcasts.claim({ broadcast: job.broadcast, epoch: job.epoch, jobId, again })
    if (!claim.wanted) {
      this.#options.log.info({ ...facts(job), latest: claim.latest }, 'a job is stale')
      return undefined
    }
    const controller = new AbortController()
    if (this.#stopping) controller.abort('stopping' satisfies RunEnd)
    const mine = { ...job, epoch: claim.epoch }
    const finished = this.#options.handler(mine, controller.signal).finally(() => {
      clearTimeout(run.giveUp)
      this.#runs.delete(jobId)
    })
    const run: Run = { job: mine, controller, finished, giveUp: undefined }
    this.#runs.set(jobId, run)
    return run
  }

  async #endIfSuperseded(run: Run): Promise<void> {
    const broadcast = await this.#broadcasts.get(run.job.broadcast)
    if (broadcast === undefined || broadcast.epoch > run.job.epoch)
      run.controller.abort('superseded' satisfies RunEnd)
  }

  async #afterFailure(delivered: Job, token: string, error: unknown): Promise<void> {
    const { log } = this.#options
    if (error instanceof UnrecoverableError) throw error
    const code = errorCode(error)
    if (code === 'cluster.timeline.fenced' || code === 'cluster.timeline.gone') return
    if (error instanceof UnsupportedError) {
      log.warn({ job: delivered.id, err: error }, `a job cannot run: ${error.message}`)
      throw new UnrecoverableError(error.message)
    }
    if (!this.#stopping) {
      log.warn({ job: delivered.id, err: error }, `a job failed and runs again: ${errorMessage(error)}`)
      throw error
    }
    // Straight back to the head of the queue: the next worker starts within milliseconds.
    await delivered.moveToWait(token)
    throw new WaitingError()
  }
}

/** What the ingest counted before it queued the job: a new job goes on where the last one's waits had come to. */
function failuresOf(job: { readonly data: Partial<TranscodeJob> } | undefined): number {
  return job?.data.failures ?? 0
}

function facts(job: TranscodeJob): { stream: string; broadcast: string; epoch: number } {
  return { stream: job.stream, broadcast: job.broadcast, epoch: job.epoch }
}

/** A job that cannot be read is as unreadable the next time. */
function unrecoverable<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new UnrecoverableError(errorMessage(error))
  }
}
