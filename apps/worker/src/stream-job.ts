import { FeedReader } from '@sluice/broadcast'
import type { Cluster, TimelineFollower, TranscodeJob } from '@sluice/cluster'
import { DependencyError, epochMillis, errorCode, errorMessage, millis } from '@sluice/core'
import type { FfmpegCapabilities } from '@sluice/ffmpeg'
import type { TimelineEvent } from '@sluice/manifest'
import type { Logger } from '@sluice/runtime'
import type { SegmentStore } from '@sluice/store'
import { openFeed } from './feed-client.ts'
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
  /** How long an ended broadcast stays playable. */
  readonly keepEndedMillis: number
  readonly log: Logger
}

/** A vanished ingest has this long to come back before its broadcast is ended, in milliseconds. */
const INGEST_GRACE = 5_000
const STATE_MILLIS = 1_000

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
  const stop = new AbortController()
  const abort = (): void => stop.abort(signal.reason)
  signal.addEventListener('abort', abort)
  let failure: unknown
  const failed = (error: unknown): void => {
    failure ??= error
    stop.abort(error)
  }

  const progress = await readProgress(cluster.follower, broadcast)
  if (progress.ended) return
  const writer = cluster.timelineWriter({ broadcast, epoch, keep: millis(keepMillis(job)) })
  const timeline = new TimelineAppender({ append: (events) => writer.append(events), failed })
  if (!progress.started) timeline.push(startEvent(job))
  const pipeline = new Pipeline({
    profile: job.profile,
    partTarget: job.partMillis,
    output: { store, timeline, stream, broadcast, epoch, keepMillis: keepMillis(job), failed },
    resume: progress.resume,
    ffmpeg,
    log,
  })
  const reporting = setInterval(() => {
    cluster.live
      .writeBroadcast(broadcast, { worker: context.workerId, epoch, rungs: pipeline.rungs() })
      .catch((error: unknown) => {
        log.debug({ err: errorMessage(error) }, 'the state could not be reported')
      })
  }, STATE_MILLIS)
  try {
    const from = Math.max(progress.nextSegment, job.startBoundary)
    const outcome = await followFeed(job, from, pipeline, stop.signal)
    if (stop.signal.aborted) {
      timeline.close()
      await pipeline.abandon()
      if (failure !== undefined) throw failure
      if (signal.reason === 'stopping')
        throw new DependencyError('worker.stopping', 'this worker is stopping')
      return
    }
    await pipeline.end()
    if (outcome === 'cut off' && (await ingestLives(job, signal))) {
      log.info('the feed was cut off; the ingest has it taken over')
      return
    }
    if (outcome === 'cut off') log.warn('the ingest is gone; the broadcast ends')
    timeline.push({ type: 'end' })
    await timeline.flushed()
    if (failure !== undefined) throw failure
    await cluster.broadcasts.end(broadcast, epochMillis(Date.now()), keepEndedMillis)
    await cluster.jobs.addExpire({ stream, broadcast }, keepEndedMillis)
    log.info('the broadcast is complete')
  } catch (error) {
    if (failure !== undefined || stop.signal.aborted) throw failure ?? error
    timeline.close()
    await pipeline.abandon()
    throw error
  } finally {
    clearInterval(reporting)
    signal.removeEventListener('abort', abort)
  }
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

/** Reads the feed to its end mark, or until the connection or the signal cuts it off. */
async function followFeed(
  job: TranscodeJob,
  from: number,
  pipeline: Pipeline,
  signal: AbortSignal,
): Promise<'ended' | 'cut off'> {
  const reader = new FeedReader()
  try {
    const response = await openFeed(`${job.feedUrl}?epoch=${job.epoch}&from=${from}`, job.feedToken, signal)
    for await (const bytes of response) {
      reader.receive(bytes)
      for (const event of reader.events()) {
        if (event.type === 'end') return 'ended'
        const wait = pipeline.handle(event)
        if (wait !== undefined) await wait
        if (signal.aborted) return 'cut off'
      }
    }
    return 'cut off'
  } catch (error) {
    if (signal.aborted || errorCode(error) === 'worker.feed.unreachable') return 'cut off'
    // The ingest is there and has no such broadcast (any more): it was restarted, and nothing will follow.
    if (errorCode(error) === 'worker.feed.unknown') return 'ended'
    // A connection that breaks in the middle is the ingest's end of the feed, whatever its words.
    if (
      error instanceof Error &&
      'code' in error &&
      (error.code === 'ECONNRESET' || error.code === 'ERR_STREAM_PREMATURE_CLOSE')
    ) {
      return 'cut off'
    }
    throw error
  }
}

/** True when the ingest answers within its grace: then it knows that the feed was cut off, and acts. */
async function ingestLives(job: TranscodeJob, signal: AbortSignal): Promise<boolean> {
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
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  return true
}
