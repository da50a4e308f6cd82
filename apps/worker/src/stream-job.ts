import { setTimeout as delay } from 'node:timers/promises'
import type { Cluster, RunFailure, TimelineFollower, TranscodeJob } from '@sluice/cluster'
import { partTargetOf } from '@sluice/cmaf'
import { DependencyError, epochMillis, errorCode, errorMessage, type Millis, millis } from '@sluice/core'
import type { FfmpegCapabilities } from '@sluice/ffmpeg'
import type { TimelineEvent } from '@sluice/manifest'
import type { Logger } from '@sluice/runtime'
import type { SegmentStore } from '@sluice/store'
import type { LocalFeeds } from './feed-client.ts'
import { followFeeds, isOpen } from './follow-feeds.ts'
import { Pipeline } from './pipeline.ts'
import { type Progress, progressOf } from './resume.ts'
import { TimelineAppender } from './timeline-appender.ts'
import type { WorkerTotals } from './worker-totals.ts'

/** What every job of this worker shares. */
export interface JobContext {
  /** This worker's id in the registry. */
  readonly workerId: string
  readonly cluster: Cluster
  readonly store: SegmentStore
  readonly ffmpeg: FfmpegCapabilities
  /** Asked first; a feed that is not there comes over HTTP. */
  readonly localFeeds: LocalFeeds | undefined
  /** How long an ended broadcast stays playable at least. */
  readonly keepEndedMillis: number
  /** How long a broadcast without publisher waits for it. */
  readonly reconnectMillis: number
  readonly log: Logger
  /** Counted on. */
  readonly totals: WorkerTotals
  /** Those that go on now. */
  readonly runs: Set<StreamRun>
}

/** A run of a broadcast, while it goes on. */
export interface StreamRun {
  readonly stream: string
  readonly epoch: number
  readonly pipeline: Pipeline
  readonly timeline: TimelineAppender
}

const STATE_MILLIS = 1_000
/** An origin that comes back to Redis within this time has missed no part, in seconds. */
const LATE_READER_SECONDS = 30
/** A failed run waits this long at most for Redis to take what it has made, in milliseconds. */
const LAST_APPENDS_MILLIS = 500
/** Errors of a run whose broadcast is another one's now. */
export const SUPERSEDED: ReadonlySet<string> = new Set(['cluster.timeline.fenced', 'cluster.timeline.gone'])

/**
 * Runs one broadcast from its feed to the store and the timeline, until the feed ends or the signal says so.
 *
 * @returns `complete` when the broadcast has its end, `stopped` when the signal said so.
 * @throws {DependencyError} when the job cannot go on here and should be run again.
 */
export async function runStreamJob(
  job: TranscodeJob,
  signal: AbortSignal,
  context: JobContext,
): Promise<'complete' | 'stopped'> {
  const { stream, broadcast, epoch } = job
  const { cluster, store, ffmpeg, keepEndedMillis, totals } = context
  const log = context.log.child({ stream, broadcast, epoch })
  const ownFault = new AbortController()
  const stop = AbortSignal.any([signal, ownFault.signal])
  let failure: unknown
  const failed = (error: unknown): void => {
    failure ??= error
    ownFault.abort(error)
  }
  const recordEnd = async (): Promise<'complete'> => {
    // Who watches from where the window begins sees the end after as long.
    const keepPlayable = Math.max(keepEndedMillis, job.windowSeconds * 1000)
    await cluster.broadcasts.end(broadcast, epochMillis(Date.now()), keepPlayable)
    await cluster.jobs.addExpire({ stream, broadcast }, keepPlayable)
    return 'complete'
  }

  const progress = await readProgress(cluster.follower, broadcast)
  // An earlier run wrote the end, and perhaps failed at what follows it.
  if (progress.ended) return recordEnd()
  const writer = cluster.timelineWriter({
    broadcast,
    epoch,
    keep: millis(keepMillis(job)),
    keepParts: millis(keepPartsMillis(job)),
  })
  const timeline = new TimelineAppender({ append: (events) => writer.append(events), failed })
  if (!progress.started) timeline.push(startEvent(job))
  const pipeline = new Pipeline({
    profile: job.profile,
    partTarget: longestPart(job),
    output: {
      ...{ store, timeline, stream, broadcast, epoch, totals, failed },
      startedAt: job.startedAt,
      keepMillis: keepMillis(job),
    },
    resume: progress.resume,
    earlier: progress.renditions,
    ffmpeg,
    log,
  })
  const report = (fault?: unknown): void => {
    const state = { worker: context.workerId, epoch, rungs: pipeline.rungs(), notes: pipeline.notes }
    const told = fault === undefined ? {} : { failure: failureOf(fault) }
    cluster.live.writeBroadcast(broadcast, { ...state, ...told }).catch((error: unknown) => {
      log.debug({ err: errorMessage(error) }, 'the state could not be reported')
    })
  }
  const reporting = setInterval(() => report(), STATE_MILLIS)
  const run: StreamRun = { stream, epoch, pipeline, timeline }
  context.runs.add(run)
  try {
    const from = Math.max(progress.nextSegment, job.startBoundary)
    const outcome = await followFeeds(job, from, pipeline, context, stop)
    if (stop.aborted || isOpen(outcome)) {
      if (failure !== undefined) throw failure
      if (outcome === 'unreached')
        throw new DependencyError('worker.feed.unreached', 'the feed was not reached')
      // No ingest has the broadcast that could put another job on the queue.
      if (outcome === 'moved')
        throw new DependencyError('worker.feed.left', 'the broadcast waits for its publisher')
      // Run again: either the ingest has replaced this run by then, or its feed has the rest.
      if (!signal.aborted)
        throw new DependencyError('worker.feed.cut_off', 'the feed was cut off; the ingest is there')
      timeline.close()
      await pipeline.abandon()
      return 'stopped'
    }
    if (outcome === 'gone') log.warn('the ingest is gone; the broadcast ends')
    if (outcome === 'moved')
      log.warn('the ingest is gone, and the publisher did not come to another one; the broadcast ends')
    await pipeline.end()
    timeline.push({ type: 'end' })
    await timeline.flushed()
    if (failure !== undefined) throw failure
    await recordEnd()
    log.info('the broadcast is complete')
    return 'complete'
  } catch (error) {
    timeline.close()
    await pipeline.abandon()
    // What is in the store and on its way to the log is worth keeping: the next run goes on behind it.
    await Promise.race([timeline.flushed(), delay(LAST_APPENDS_MILLIS, undefined, { ref: false })])
    const fault = failure ?? error
    // A run that was superseded or told to stop has nothing to say: the state is another one's.
    if (!signal.aborted && !SUPERSEDED.has(errorCode(fault))) report(fault)
    throw fault
  } finally {
    context.runs.delete(run)
    clearInterval(reporting)
  }
}

function failureOf(error: unknown): RunFailure {
  return { code: errorCode(error), message: errorMessage(error), at: epochMillis(Date.now()) }
}

/**
 * How long segments stay in the store behind the newest one: as long as any playlist lists them, and once more as long for who
 * has such a playlist. RFC 8216 §6.2.2
 */
function keepMillis(job: TranscodeJob): number {
  return (2 * job.windowSeconds + 10 * job.segmentSeconds) * 1000
}

/** How long parts stay in the timeline's log: three target durations listed, three more fetchable, and readers that are late. */
function keepPartsMillis(job: TranscodeJob): number {
  return Math.min(keepMillis(job), (6 * job.segmentSeconds + LATE_READER_SECONDS) * 1000)
}

/** A part is no longer than a segment. */
function longestPart({ partMillis, segmentSeconds }: TranscodeJob): Millis {
  return millis(Math.min(partTargetOf(partMillis), segmentSeconds * 1000))
}

function startEvent(job: TranscodeJob): TimelineEvent {
  const { broadcast, startedAt, segmentSeconds, windowSeconds } = job
  return {
    type: 'start',
    broadcast,
    startedAt,
    targetDuration: segmentSeconds,
    partTarget: longestPart(job),
    window: windowSeconds,
  }
}

async function readProgress(follower: TimelineFollower, broadcast: string): Promise<Progress> {
  const events: TimelineEvent[] = []
  const following = await follower.follow(broadcast, (more) => events.push(...more))
  await following.stop()
  return progressOf(events)
}
