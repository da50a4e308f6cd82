import { setTimeout as delay } from 'node:timers/promises'
import { type Feed, isLastEntry } from '@sluice/broadcast'
import type { BroadcastPosition, Cluster, FeedPlace, TranscodeJob } from '@sluice/cluster'
import { errorCode, type Millis, millis } from '@sluice/core'
import { feedIsThere, openFeed } from './feed-client.ts'
import type { Pipeline } from './pipeline.ts'
import type { JobContext } from './stream-job.ts'

/** The name of a stream is free only when the lease of its killed ingest has run out: its publisher comes back after that. */
const LEAST_PATIENCE = 10_000
/** An ingest that leaves a broadcast has this long to say so, and another one to take it, in milliseconds. */
const MOVE_GRACE = 15_000
/** Between two looks whether that has happened, in milliseconds. */
const MOVE_LOOK = 100

/** How a feed came to its end. */
export type FeedOutcome =
  /** The end mark was read: nothing will follow. */
  | 'ended'
  /** The ingest has no such broadcast, any more at least. */
  | 'unknown'
  /** The broadcast was left to other ingests; behind the last feed: and none took it in time. */
  | 'moved'
  /** The ingest is gone, and nobody waits for the publisher. */
  | 'gone'
  /** The connection closed without the end mark. */
  | 'cut off'
  /** There was no connection. */
  | 'unreached'

/** Whether the ingest has more. */
export function isOpen(outcome: FeedOutcome): boolean {
  return outcome === 'cut off' || outcome === 'unreached'
}

/** Where a run reads on. */
interface ReadingPlace extends FeedPlace {
  /** Number of the next boundary. */
  readonly from: number
}

/**
 * Hands the feed of a broadcast to the pipeline until it ends, in whatever way, or the signal is aborted: also where it goes from
 * one ingest to another, which is no more to the pipeline than a publisher's reconnect.
 *
 * @returns how the last feed ended.
 */
export async function followFeeds(
  job: TranscodeJob,
  from: number,
  pipeline: Pipeline,
  context: JobContext,
  signal: AbortSignal,
): Promise<FeedOutcome> {
  let place: ReadingPlace = { url: job.feedUrl, token: job.feedToken, from }
  for (;;) {
    const { outcome, next, latest } = await followFeed(job, place, pipeline, context, signal)
    const { url, token } = place
    if (outcome === 'ended' || signal.aborted) return outcome
    const look = (grace: number) => newPlace(job.broadcast, token, context.cluster, grace, signal)
    let { feed, wasLeft } = await look(outcome === 'moved' ? MOVE_GRACE : 0)
    if (feed === undefined && !wasLeft && isOpen(outcome)) {
      const wasThere = outcome === 'cut off'
      if (await feedIsThere(url, wasThere, signal)) return outcome
      if (!wasThere || context.reconnectMillis === 0) return 'gone'
      await leaveInItsPlace(job, { startedAt: job.startedAt, segment: next, latest }, context)
      ;({ feed, wasLeft } = await look(0))
    }
    if (feed === undefined) return wasLeft ? 'moved' : outcome
    context.log.info({ stream: job.stream, broadcast: job.broadcast }, 'the feed is at another ingest now')
    place = { ...feed, from: next }
  }
}

/**
 * Records for an ingest that was killed where another one, or its successor, may go on. What it had received and not passed on
 * is lost with it.
 */
async function leaveInItsPlace(
  { stream, broadcast }: TranscodeJob,
  position: BroadcastPosition,
  { cluster, reconnectMillis, log }: JobContext,
): Promise<void> {
  const patience = Math.max(reconnectMillis, LEAST_PATIENCE)
  log.warn(
    { stream, broadcast, seconds: patience / 1000 },
    'the ingest is gone; the broadcast waits for its publisher',
  )
  await cluster.handovers.announce(broadcast)
  await cluster.handovers.leave(broadcast, position, millis(patience))
}

/**
 * Where the feed is now: waits as long as the broadcast waits for its publisher, and otherwise no longer than the grace. An ingest
 * may be found at the address of its predecessor.
 */
async function newPlace(
  broadcast: string,
  token: string,
  { handovers }: Cluster,
  grace: number,
  signal: AbortSignal,
): Promise<{ readonly feed: FeedPlace | undefined; readonly wasLeft: boolean }> {
  const deadline = performance.now() + grace
  for (let wasLeft = false; ; await delay(MOVE_LOOK)) {
    const { isLeft, feed } = await handovers.whereabouts(broadcast)
    if (feed !== undefined && feed.token !== token) return { feed, wasLeft }
    const isOver = !isLeft && (wasLeft || performance.now() >= deadline)
    if (isOver || signal.aborted) return { feed: undefined, wasLeft }
    wasLeft ||= isLeft
  }
}

/** Hands one feed to the pipeline. @returns how it ended, the boundary after the last one that it gave, and its latest time. */
async function followFeed(
  { broadcast, epoch }: TranscodeJob,
  { url, token, from }: ReadingPlace,
  pipeline: Pipeline,
  context: JobContext,
  signal: AbortSignal,
): Promise<{ readonly outcome: FeedOutcome; readonly next: number; readonly latest: Millis }> {
  const request = { broadcast, token, epoch, from }
  let next = from
  let latest = millis(0)
  let feed: Feed
  try {
    feed = context.localFeeds?.(request, signal) ?? (await openFeed(url, request, signal))
  } catch (error) {
    if (signal.aborted) return { outcome: 'unreached', next, latest }
    if (errorCode(error) === 'worker.feed.unreachable') {
      context.log.warn({ broadcast, err: error }, 'the feed is not reached')
      return { outcome: 'unreached', next, latest }
    }
    // The ingest was started anew and knows nothing of the broadcast, or it is another one's.
    if (errorCode(error) === 'worker.feed.unknown') return { outcome: 'unknown', next, latest }
    throw error
  }
  for await (const entries of feed) {
    for (const entry of entries) {
      if (isLastEntry(entry)) return { outcome: entry.type === 'moved' ? 'moved' : 'ended', next, latest }
      if (entry.type === 'boundary') next = entry.boundary.number + 1
      else if (entry.type === 'video' || entry.type === 'audio')
        latest = millis(Math.max(latest, entry.type === 'video' ? entry.pts : entry.time))
      const wait = pipeline.handle(entry)
      if (wait !== undefined) await wait
      if (signal.aborted) return { outcome: 'cut off', next, latest }
    }
  }
  return { outcome: 'cut off', next, latest }
}
