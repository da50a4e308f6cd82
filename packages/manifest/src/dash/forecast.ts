import { type Ticks, ticks } from '@sluice/core'
import type { PeriodSnapshot, RenditionSnapshot, SegmentSnapshot } from '../timeline/snapshot.ts'

/** A segment's place in time, in ticks of its rendition. */
export interface SegmentTime {
  readonly start: Ticks
  readonly duration: Ticks
}

/**
 * How many segments are foretold. A player asks for the second while the first is being made, and may have an MPD that is as old
 * as a cache keeps it and an update takes.
 */
export const FORETOLD = 3
/** So many segments in a row tell how long the next will be. */
const LOOKED_AT = 5

/**
 * Foretells the segments behind the newest of a rendition in the running Period; the first of them is usually being made. Empty
 * where there is nothing to go on: the Period is over, or the encoder begins anew.
 */
export function forecast(
  { rendition, segments: all }: RenditionSnapshot,
  mark: PeriodSnapshot,
  segments: readonly SegmentSnapshot[],
): readonly SegmentTime[] {
  const last = segments.at(-1)
  const goesOn =
    mark.endSegment === undefined && last === all.at(-1) && last?.init.name === rendition.init?.name
  if (last === undefined || !goesOn) return []
  const duration = expectedDuration(segments)
  return Array.from({ length: FORETOLD }, (_, index) => ({
    start: ticks(last.start + last.duration + index * duration),
    duration,
  }))
}

/**
 * How long a segment is expected to be: as long as the longest of the last few. dash.js and Shaka Player ask for a segment a second
 * time that turns out longer than it was listed, and do not mind a shorter one.
 *
 * @param segments - at least one.
 */
export function expectedDuration(segments: readonly SegmentTime[]): Ticks {
  return ticks(Math.max(...segments.slice(-LOOKED_AT).map(({ duration }) => duration)))
}
