import { setTimeout as delay } from 'node:timers/promises'
import type { Feed, FeedRequest } from '@sluice/broadcast'
import type { Cluster, RunFailure, TimelineFollower, TranscodeJob } from '@sluice/cluster'
import { DependencyError, epochMillis, errorCode, errorMessage, millis } from '@sluice/core'
import type { FfmpegCapabilities } from '@sluice/ffmpeg'
import type { TimelineEvent } from '@sluice/manifest'
import type { Logger } from '@sluice/runtime'
import type { SegmentStore } from '@sluice/store'
import { type LocalFeeds, openFeed } from './feed-client.ts'
import { Pipeline } from './pipeline.ts'
import { type Progress, progressOf } from './resume.ts'
import { TimelineAppender } from './timeline-appender.ts'

/** What every job of this worker shares. */
export interface JobContext {
  /** This worker's id in the registry. */
  readonly workerId: string
  readonly cluster: Cluster
  readonly store: SegmentStore
  readonly ffmpeg: FfmpegCapabilities
  /** Asked first; a feed that is not there comes over HTTP. */
  readonly localFeeds: LocalFeeds | undefined
  /** How long an ended broadcast stays playable. */
  readonly keepEndedMillis: number
  readonly log: Logger
}

/** A vanished ingest has this long to come back before its broadcast is ended, in milliseconds. */
const INGEST_GRACE = 5_000
const STATE_MILLIS = 1_000
/** A failed run waits this long at most for Redis to take what it has made, in milliseconds. */
const LAST_APPENDS_MILLIS = 500
/** Errors of a run whose broadcast is another one's now. */
const SUPERSEDED: ReadonlySet<string> = new Set(['cluster.timeline.fenced', 'cluster.timeline.gone'])

/**
 * Runs one broadcast from its feed to the store and the timeline, until the feed ends or the signal says so.
 *
 * @throws {DependencyError} when the job cannot go on here and should be run again.
 */
export async function runStreamJob(
  job: TranscodeJob,
  signal: AbortSignal,
  context: JobContext,
): Promise<void> {
  const { stream, broadcast, epoch } = job
  const { cluster, store, ffmpeg, keepEndedMillis } = context
  const log = context.log.child({ stream, broadcast, epoch })
  const ownFault = new AbortController()
  const stop = AbortSignal.any([signal, ownFault.signal])
  let failure: unknown
  const failed = (error: unknown): void => {
    failure ??= error
    ownFault.abort(error)
  }
  const recordEnd = async (): Promise<void> => {
    await cluster.broadcasts.end(broadcast, epochMillis(Date.now()), keepEndedMillis)
    await cluster.jobs.addExpire({ stream, broadcast }, keepEndedMillis)
  }

  const progress = await readProgress(cluster.follower, broadcast)
  // An earlier run wrote the end, and perhaps failed at what follows it.
  if (progress.ended) return recordEnd()
  const writer = cluster.timelineWriter({ broadcast, epoch, keep: millis(keepMillis(job)) })
  const timeline = new TimelineAppender({ append: (events) => writer.append(events), failed })
  if (!progress.started) timeline.push(startEvent(job))
  const pipeline = new Pipeline({
    profile: job.profile,
    partTarget: job.partMillis,
    output: { store, timeline, stream, broadcast, epoch, keepMillis: keepMillis(job), failed },
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
  try {
    const from = Math.max(progress.nextSegment, job.startBoundary)
    const outcome = await followFeed(job, from, pipeline, context, stop)
    if (stop.aborted || (outcome !== 'ended' && (await ingestAnswers(job, stop)))) {
      if (failure !== undefined) throw failure
      if (outcome === 'unreached')
        throw new DependencyError('worker.feed.unreached', 'the feed was not reached')
      // Run again: either the ingest has replaced this run by then, or its feed has the rest.
      if (!signal.aborted)
        throw new DependencyError('worker.feed.cut_off', 'the feed was cut off; the ingest is there')
      timeline.close()
      await pipeline.abandon()
      return
    }
    if (outcome !== 'ended') log.warn('the ingest is gone; the broadcast ends')
    await pipeline.end()
    timeline.push({ type: 'end' })
    await timeline.flushed()
    if (failure !== undefined) throw failure
    await recordEnd()
    log.info('the broadcast is complete')
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
    clearInterval(reporting)
  }
}

function failureOf(error: unknown): RunFailure {
  return { code: errorCode(error), message: errorMessage(error), at: epochMillis(Date.now()) }
}

/** How long segments stay in the store behind the newest one: longer than any playlist lists them. */
function keepMillis(job: TranscodeJob): number {
  return (2 * job.windowSeconds + 10 * job.segmentSeconds) * 1000
}

function startEvent(job: TranscodeJob): TimelineEvent {
  const { broadcast, startedAt, segmentSeconds, partMillis } = job
  return { type: 'start', broadcast, startedAt, targetDuration: segmentSeconds, partTarget: partMillis }
}

async function readProgress(follower: TimelineFollower, broadcast: string): Promise<Progress> {
  const events: TimelineEvent[] = []
  const following = await follower.follow(broadcast, (more) => events.push(...more))
  await following.stop()
  return progressOf(events)
}

/** How a feed came to its end. */
type FeedOutcome =
  /** The end mark was read, or the ingest has no such broadcast any more: nothing will follow. */
  | 'ended'
  /** The connection closed without the end mark. */
  | 'cut off'
  /** There was no connection. */
  | 'unreached'

/** Hands a feed to the pipeline until it ends, in whatever way, or the signal is aborted. */
async function followFeed(
  job: TranscodeJob,
  from: number,
  pipeline: Pipeline,
  context: JobContext,
  signal: AbortSignal,
): Promise<FeedOutcome> {
  const { broadcast, epoch, feedToken: token, feedUrl } = job
  const request: FeedRequest = { broadcast, token, epoch, from }
  let feed: Feed
  try {
    feed = context.localFeeds?.(request, signal) ?? (await openFeed(feedUrl, request, signal))
  } catch (error) {
    if (signal.aborted || errorCode(error) === 'worker.feed.unreachable') return 'unreached'
    // The ingest was started anew and knows nothing of the broadcast.
    if (errorCode(error) === 'worker.feed.unknown') return 'ended'
    throw error
  }
  for await (const entries of feed) {
    for (const entry of entries) {
      if (entry.type === 'end') return 'ended'
      const wait = pipeline.handle(entry)
      if (wait !== undefined) await wait
      if (signal.aborted) return 'cut off'
    }
  }
  return 'cut off'
}

/** True when the ingest answers within its grace (or the wait was aborted). */
async function ingestAnswers(job: TranscodeJob, signal: AbortSignal): Promise<boolean> {
  const health = new URL('/healthz', job.feedUrl)
  const deadline = Date.now() + INGEST_GRACE
  while (!signal.aborted) {
    try {
      const response = await fetch(health, { signal: AbortSignal.timeout(1_000) })
      if (response.ok) return true
    } catch {
      // Not there yet: asked again until the grace is over.
    }
    if (Date.now() > deadline) return false
    await delay(250)
  }
  return true
}
