import type { Locator } from 'playwright-core'
import { expect } from 'vitest'

/** A stretch of media, in seconds: where it begins and ends. */
export type Stretch = readonly [start: number, end: number]

/** What a video element says of itself. */
export interface Playback {
  /** Seconds of media. */
  readonly time: number
  /** What was shown, in the order of the media. */
  readonly played: readonly Stretch[]
  /** What is loaded, in the order of the media. */
  readonly buffered: readonly Stretch[]
}

/** Sound and pictures of two renditions do not end at the same sample: players play on over such a distance. */
const SEAM = 0.1
/**
 * Players help a decoder that does not come along over a frame that it has (hls.js by up to 0.3 s), and go back to a keyframe to
 * exchange what is loaded. Who leaps to the live edge, or over a segment, goes further.
 */
const NUDGE = 0.5

/** Reads what a video element has loaded and shown. */
export function playbackOf(element: Locator): Promise<Playback> {
  return element.evaluate((found) => {
    const video = found as HTMLVideoElement
    const stretches = (ranges: TimeRanges): [number, number][] =>
      Array.from({ length: ranges.length }, (_, index) => [ranges.start(index), ranges.end(index)])
    return {
      time: video.currentTime,
      played: stretches(video.played),
      buffered: stretches(video.buffered),
    }
  })
}

/**
 * Where some stretches leave out more than `tolerance` seconds between two times. What lies before the first of them counts as
 * left out only with `fromStart`: a buffer loses its oldest media.
 */
export function holesBetween(
  stretches: readonly Stretch[],
  [from, to]: Stretch,
  { tolerance, fromStart }: { readonly tolerance: number; readonly fromStart: boolean },
): Stretch[] {
  const holes: Stretch[] = []
  let covered = fromStart ? from : undefined
  for (const [start, end] of stretches) {
    if (end < from || start > to) continue
    if (covered !== undefined && start - covered > tolerance) holes.push([covered, start])
    covered = Math.max(covered ?? from, end)
  }
  if (covered === undefined || to - covered > tolerance) holes.push([covered ?? from, to])
  return holes
}

/**
 * Expects that all media since a time were loaded and shown: none is missing, and the player leapt over none. What is loaded
 * ahead may still be in pieces, and waiting for media is no fault of theirs.
 */
export function expectUnbroken({ time, played, buffered }: Playback, since: number): void {
  const facts = JSON.stringify({ since, time, played, buffered })
  const missing = holesBetween(buffered, [since, time], { tolerance: SEAM, fromStart: false })
  const skipped = holesBetween(played, [since, time], { tolerance: NUDGE, fromStart: true })
  expect({ missing, skipped }, facts).toEqual({ missing: [], skipped: [] })
}
