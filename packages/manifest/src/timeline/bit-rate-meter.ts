import type { Ticks, Timescale } from '@sluice/core'

/** What the meter needs of a segment. */
export interface MeasuredSegment {
  readonly size: number
  readonly duration: Ticks
  readonly gap: boolean
}

const BITS = 8

/**
 * Highest bit rate over any run of neighbouring segments that lasts 0.5 to 1.5 target durations: a stub of
 * a segment with nothing but a keyframe does not count by itself.
 *
 * @param segments - oldest first; only runs that end with the last one are looked at.
 * @returns bits per second, undefined when no run ending here is long enough.
 * @see draft-pantos-hls-rfc8216bis §4.4.6.2 (BANDWIDTH)
 */
export function peakBitrateAt(
  segments: readonly MeasuredSegment[],
  targetDuration: number,
  timescale: Timescale,
): number | undefined {
  let bytes = 0
  let duration = 0
  let peak: number | undefined
  for (let index = segments.length - 1; index >= 0; index--) {
    const segment = segments[index]
    if (segment === undefined || segment.gap) break
    bytes += segment.size
    duration += segment.duration
    if (duration > 1.5 * targetDuration * timescale) break
    if (duration < 0.5 * targetDuration * timescale) continue
    peak = Math.max(peak ?? 0, Math.ceil((bytes * BITS * timescale) / duration))
  }
  return peak
}

/** Mean bit rate of segments in bits per second, undefined when there is no media in them. */
export function averageBitrate(
  segments: readonly MeasuredSegment[],
  timescale: Timescale,
): number | undefined {
  let bytes = 0
  let duration = 0
  for (const segment of segments) {
    if (segment.gap) continue
    bytes += segment.size
    duration += segment.duration
  }
  return duration === 0 ? undefined : Math.ceil((bytes * BITS * timescale) / duration)
}
