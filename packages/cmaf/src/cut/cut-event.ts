import type { Ticks } from '@sluice/core'

/**
 * A part is ready. The `pieces` of a segment's parts, joined in order, are the segment's file.
 * Times are ticks of the track's timescale.
 */
export interface PartCut {
  readonly type: 'part'
  /** The number of the boundary that the segment begins at. */
  readonly segment: number
  /** From 0 within the segment. */
  readonly part: number
  /** Decode time of the first sample. */
  readonly start: Ticks
  readonly duration: Ticks
  /** True when the part begins with a keyframe. Always true for audio. */
  readonly independent: boolean
  /** True for the last part of its segment: the next event is the segment's end. */
  readonly last: boolean
  /** Bytes of the segment before this part. */
  readonly offset: number
  /** Bytes of this part. */
  readonly size: number
  /** One `moof` and `mdat`, to be joined: the samples in it are those that were given, not copies. */
  readonly pieces: readonly Uint8Array[]
}

/** A segment is complete: all of its parts have been reported. */
export interface SegmentCut {
  readonly type: 'segment'
  readonly segment: number
  /** Its `tfdt`. `start + duration` is the `tfdt` of the next segment, except before a discontinuity. */
  readonly start: Ticks
  readonly duration: Ticks
  readonly independent: boolean
  /** Bytes of the whole segment. */
  readonly size: number
  /** True when this segment does not continue the one before it. */
  readonly discontinuity: boolean
}

/**
 * A boundary passed without any media before the next one: there will be no segment of that number in this
 * track. Reported when the next segment begins, or at the end. A discontinuity at it counts for the next segment.
 */
export interface SkippedCut {
  readonly type: 'skipped'
  readonly segment: number
}

/** What a cutter makes of packets and boundaries. Segment numbers rise; a segment's parts precede it. */
export type CutEvent = PartCut | SegmentCut | SkippedCut

/** Counts of what did not go by the book; each is worth a metric. */
export interface CutCounts {
  /** Packets in no segment: before the first boundary, or before media time 0. */
  readonly dropped: number
  /** Boundaries without a segment. */
  readonly skipped: number
  /** Segments that begin after their boundary, because parts already out reach beyond it. */
  readonly late: number
  /** Parts longer than the target: single samples that are (a gap in the media, or a very low frame rate). */
  readonly overlong: number
}
