import type { SegmentTime } from './forecast.ts'
import type { XmlWriter } from './xml-writer.ts'

/** An `S` element: `repeat` + 1 segments of `duration` ticks in a row, the first at `time` where it is given. */
export interface TimelineEntry {
  readonly time: number | undefined
  readonly duration: number
  readonly repeat: number
}

/**
 * Segments as `S` elements. The first has a time, and so has every one that does not begin where the one
 * before it ends.
 *
 * @see ISO/IEC 23009-1 §5.3.9.6
 */
export function timelineEntries(segments: readonly SegmentTime[]): readonly TimelineEntry[] {
  const entries: TimelineEntry[] = []
  let end: number | undefined
  for (const { start, duration } of segments) {
    const last = entries.at(-1)
    if (last !== undefined && start === end && duration === last.duration)
      entries[entries.length - 1] = { ...last, repeat: last.repeat + 1 }
    else entries.push({ time: start === end ? undefined : start, duration, repeat: 0 })
    end = start + duration
  }
  return entries
}

/** Writes a SegmentTimeline. */
export function writeSegmentTimeline(xml: XmlWriter, segments: readonly SegmentTime[]): void {
  xml.element('SegmentTimeline', {}, () => {
    for (const { time, duration, repeat } of timelineEntries(segments))
      xml.empty('S', { t: time, d: duration, r: repeat === 0 ? undefined : repeat })
  })
}
