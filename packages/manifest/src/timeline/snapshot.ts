import type { EpochMillis, Millis, Ticks, Timescale } from '@sluice/core'
import type { InitSegment, Rendition } from './events.ts'

/** A part that exists. Times are ticks of its rendition's timescale. */
export interface PartSnapshot {
  /** From 0 within the segment. */
  readonly number: number
  /** File name in playlists, `b1.1.0.42.p3.m4s`. */
  readonly name: string
  readonly start: Ticks
  readonly duration: Ticks
  readonly independent: boolean
}

/** A segment that is complete. */
export interface SegmentSnapshot {
  /** The boundary's number; also its media sequence number, in every rendition. */
  readonly number: number
  readonly name: string
  /** The name with `$Number$` in place of the number. */
  readonly template: string
  /** As it was declared when this segment was made: codec, size and colours may have changed since. */
  readonly rendition: Rendition
  readonly init: InitSegment
  readonly start: Ticks
  readonly duration: Ticks
  readonly independent: boolean
  /** Bytes. 0 in a gap. */
  readonly size: number
  /** Empty where the rendition has no parts and in a gap. */
  readonly parts: readonly PartSnapshot[]
  /** Discontinuities of the broadcast up to and with the start of this segment. */
  readonly discontinuitySequence: number
  /** True when this rendition never got the segment: it has a place in time and no media. */
  readonly gap: boolean
}

/** The segment in the making, of which at least one part exists. */
export interface OpenSegmentSnapshot {
  readonly number: number
  /** File name that its parts belong to, and that it will have. */
  readonly name: string
  readonly init: InitSegment
  readonly start: Ticks
  /** At least one. */
  readonly parts: readonly PartSnapshot[]
  readonly discontinuitySequence: number
}

/**
 * The part that is made now, as far as anybody can know: what is announced may stay away where another worker takes
 * over, where the publisher comes back with other media, and at the end.
 */
export interface NextPart {
  /** The open segment's number, or that of the one after the last. */
  readonly segment: number
  /** From 0 within the segment. */
  readonly part: number
  /** File name, as it will stand in playlists. */
  readonly name: string
  readonly init: InitSegment
  /** Of the segment it belongs to. */
  readonly discontinuitySequence: number
}

/** One rendition's live window. */
export interface RenditionSnapshot {
  /** As last declared; `init` is the newest init segment, undefined while the rendition is only planned. */
  readonly rendition: Rendition
  /** Complete segments, numbers rising by one, oldest first. */
  readonly segments: readonly SegmentSnapshot[]
  readonly open: OpenSegmentSnapshot | undefined
  /** Undefined while the rendition is only planned, and at the end. */
  readonly next: NextPart | undefined
  /** EXT-X-MEDIA-SEQUENCE: number of the first listed segment, complete or open; 0 before there is any. */
  readonly mediaSequence: number
  /** EXT-X-DISCONTINUITY-SEQUENCE of the first listed segment. */
  readonly discontinuitySequence: number
  /** Highest bit rate of 0.5 to 1.5 target durations in a row, over all segments so far. */
  readonly peakBitrate: number | undefined
  /** Mean bit rate of the window. */
  readonly averageBitrate: number | undefined
  /** True when every segment so far begins with a keyframe. */
  readonly independent: boolean
}

/**
 * A stretch of segments that one DASH Period can describe: each rendition has one init segment and one name
 * template in it, and time runs without a break.
 */
export interface PeriodSnapshot {
  /** Number of its first segment; names the period. */
  readonly segment: number
  /** Number of the first segment after it, undefined for the running period. */
  readonly endSegment: number | undefined
  /** Media time at which it begins, in ticks of `timescale`. Never changes. */
  readonly start: Ticks
  readonly timescale: Timescale
  /** True when media goes on from the period before as if nothing had happened. */
  readonly continuous: boolean
}

/** Everything a playlist or manifest is made of, at one moment. Never changes; parts are shared with others. */
export interface TimelineSnapshot {
  /** One higher for every event that changed something. */
  readonly version: number
  /** One higher for every event that changed something beside the parts of segments in the making. */
  readonly segmentsVersion: number
  readonly broadcast: string
  /** Wall-clock time of media time 0. */
  readonly startedAt: EpochMillis
  /** Whole seconds. */
  readonly targetDuration: number
  readonly partTarget: Millis
  /** Length of the live window in seconds. */
  readonly window: number
  readonly ended: boolean
  /** In the order of the multivariant playlist. Removed renditions are absent. */
  readonly renditions: readonly RenditionSnapshot[]
  /** Oldest first. Empty until a first segment exists. */
  readonly periods: readonly PeriodSnapshot[]
}

/** Finds a rendition of a snapshot by its id. */
export function findRendition(snapshot: TimelineSnapshot, id: string): RenditionSnapshot | undefined {
  return snapshot.renditions.find(({ rendition }) => rendition.id === id)
}

/** True when a player could start: a complete segment or a part exists. */
export function hasMedia(rendition: RenditionSnapshot): boolean {
  return rendition.segments.length > 0 || rendition.open !== undefined
}

/** End of the last segment or part, in ticks; 0 before there is any. */
export function liveEdge({ segments, open }: RenditionSnapshot): number {
  const last = open?.parts.at(-1) ?? segments.at(-1)
  return last === undefined ? 0 : last.start + last.duration
}

/** Wall-clock time of a moment of media time. */
export function wallClock(startedAt: EpochMillis, time: Ticks, timescale: Timescale): Date {
  return new Date(startedAt + Math.round((time / timescale) * 1000))
}
