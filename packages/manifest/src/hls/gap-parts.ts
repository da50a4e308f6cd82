import { type Millis, type Timescale, ticks } from '@sluice/core'
import { partFileName } from '../timeline/names.ts'
import type { PartSnapshot, SegmentSnapshot } from '../timeline/snapshot.ts'

/**
 * The parts of a segment that a rendition never got, each as long as may be. A player that goes by parts learns from
 * them that there is nothing to ask for.
 *
 * @see draft-pantos-hls-rfc8216bis §4.4.4.9 (GAP)
 */
export function gapParts(
  { name, start, duration }: SegmentSnapshot,
  partTarget: Millis,
  timescale: Timescale,
): readonly PartSnapshot[] {
  const longest = Math.floor((partTarget * timescale) / 1000)
  return Array.from({ length: Math.ceil(duration / longest) }, (_, number) => ({
    number,
    name: partFileName(name, number),
    start: ticks(start + number * longest),
    duration: ticks(Math.min(longest, duration - number * longest)),
    independent: false,
  }))
}
