import { liveEdge, type RenditionSnapshot, type TimelineSnapshot } from '../timeline/snapshot.ts'
import { skipBoundary } from './server-control.ts'

/**
 * How many segments a delta update leaves out: those beyond the skip boundary. None at the end, when no player has to be
 * quick any more.
 *
 * @see draft-pantos-hls-rfc8216bis §4.4.5.2, §6.2.5.1
 */
export function skippedSegments(snapshot: TimelineSnapshot, window: RenditionSnapshot): number {
  if (snapshot.ended) return 0
  const boundary = liveEdge(window) - skipBoundary(snapshot) * window.rendition.timescale
  return window.segments.findLastIndex(({ start, duration }) => start + duration < boundary) + 1
}
