import { hasMedia, type RenditionSnapshot, type TimelineSnapshot } from '../timeline/snapshot.ts'

/**
 * A list that begins at a fixed time and only grows: an EVENT playlist.
 *
 * @see draft-pantos-hls-rfc8216bis §4.4.3.5
 */
export interface EventRange {
  readonly type: 'event'
  /** Where players are to begin: whole seconds of media time. */
  readonly start: number
  /** Number of the segment that holds it, the first of the list. */
  readonly firstSegment: number
}

/** A sliding list of the newest segments. */
export interface RecentRange {
  readonly type: 'recent'
  /** Whole seconds of complete segments: at least so many, and no segment more than it takes. */
  readonly seconds: number
}

/** The part of the live window that a viewer asks for. */
export type ListRange = EventRange | RecentRange

/** Players need some choice of where to begin: a list is no shorter than this, in target durations. */
const FEWEST_TARGET_DURATIONS = 6

/**
 * The range from a moment of media time on. Renditions number segments alike, so one of them decides for all.
 *
 * @returns `gone` where the window does not reach back that far any more, `ahead` where there is no media of that time yet.
 */
export function rangeFrom(snapshot: TimelineSnapshot, seconds: number): EventRange | 'gone' | 'ahead' {
  const reference = snapshot.renditions.find(hasMedia)
  if (reference === undefined) return 'ahead'
  const { segments, open, mediaSequence, rendition } = reference
  const spans = segments.map(({ number, start, duration }) => ({ number, start, end: start + duration }))
  const newest = open?.parts.at(-1)
  if (open !== undefined && newest !== undefined)
    spans.push({ number: open.number, start: open.start, end: newest.start + newest.duration })
  const holder = spans.find(({ end }) => end > seconds * rendition.timescale)
  if (holder === undefined) return 'ahead'
  // Once segments are removed, the oldest one may be gone from another rendition already.
  if (mediaSequence > 0 && holder.number === mediaSequence) return 'gone'
  const start = Math.max(Math.floor(seconds), Math.ceil(holder.start / rendition.timescale), 0)
  return { type: 'event', start, firstSegment: holder.number }
}

/** The range of the last seconds, as near to that as there are lists: not too short, and no longer than the window. */
export function rangeOfLast(snapshot: TimelineSnapshot, seconds: number): RecentRange {
  const shortest = FEWEST_TARGET_DURATIONS * snapshot.targetDuration
  return { type: 'recent', seconds: Math.ceil(Math.min(Math.max(seconds, shortest), snapshot.window)) }
}

/** The query by which the playlists of a range ask for each other: the same for equal ranges. Empty for the whole window. */
export function rangeQuery(range: ListRange | undefined): string {
  if (range === undefined) return ''
  return range.type === 'event' ? `?start=${range.start}` : `?dvr=${range.seconds}`
}

/** A rendition's window with the segments of the range alone. */
export function windowInRange(window: RenditionSnapshot, range: ListRange | undefined): RenditionSnapshot {
  if (range === undefined) return window
  const from = range.type === 'event' ? range.firstSegment : firstOfLast(window, range.seconds)
  const segments = window.segments.filter(({ number }) => number >= from)
  const first = segments[0] ?? window.open
  return {
    ...window,
    segments,
    mediaSequence: first?.number ?? window.mediaSequence,
    discontinuitySequence: first?.discontinuitySequence ?? window.discontinuitySequence,
  }
}

function firstOfLast({ segments, rendition, mediaSequence }: RenditionSnapshot, seconds: number): number {
  let missing = seconds * rendition.timescale
  for (const { number, duration } of segments.toReversed()) {
    missing -= duration
    if (missing <= 0) return number
  }
  return mediaSequence
}
