import type { Timescale } from '@sluice/core'
import type { InitSegment } from '../timeline/events.ts'
import {
  findRendition,
  hasMedia,
  type OpenSegmentSnapshot,
  type PartSnapshot,
  type RenditionSnapshot,
  type SegmentSnapshot,
  type TimelineSnapshot,
  wallClock,
} from '../timeline/snapshot.ts'
import { attributeList, decimalSeconds, quoted } from './attributes.ts'

/** EXT-X-MAP outside I-frame playlists. RFC 8216 §7 */
const VERSION = 6
/** EXT-X-GAP. draft-pantos-hls-rfc8216bis §8 */
const VERSION_WITH_GAPS = 8
const HOLD_BACK_TARGETS = 3
const PART_HOLD_BACK_TARGETS = 3
/** Segments within this many target durations of the live edge are listed with their parts. */
const PART_TARGETS = 3
/**
 * Goes below a segment behind which nothing is known yet. hls.js (1.7) makes room for the next segment when it meets
 * any line behind a segment's URI; without one it takes the segment itself for the next, and loses its place when
 * that comes: it skips parts, and ends with an error where a discontinuity follows.
 */
const MORE_FOLLOWS = '# more follows'
/** Seconds over the target duration that still round to it. */
const LONGEST_EXCESS = 0.499_999

/** What has been said for the segments above, and so need not be said again. */
interface ListState {
  readonly lines: string[]
  init: InitSegment | undefined
  discontinuitySequence: number
}

/**
 * Renders a rendition's media playlist, with parts at the live edge.
 *
 * URIs are relative to the playlist: a file's name alone. No duration is said to be longer than announced:
 * where a publisher's stall made a frame last too long, PROGRAM-DATE-TIME shows what is missing.
 *
 * @returns undefined when the rendition is unknown, or planned and without media so far.
 * @see RFC 8216 §4.3.3; draft-pantos-hls-rfc8216bis §4.4.3
 */
export function renderMedia(snapshot: TimelineSnapshot, rendition: string): string | undefined {
  const window = findRendition(snapshot, rendition)
  if (window === undefined || !hasMedia(window)) return undefined

  const state: ListState = {
    lines: header(snapshot, window),
    init: undefined,
    discontinuitySequence: window.discontinuitySequence,
  }
  const { timescale } = window.rendition
  const partsFrom = liveEdge(window) - PART_TARGETS * snapshot.targetDuration * timescale
  for (const segment of window.segments) {
    segmentStart(state, snapshot, segment, timescale)
    if (segment.start >= partsFrom) parts(state, snapshot, segment.parts, timescale)
    if (segment.gap) state.lines.push('#EXT-X-GAP')
    const duration = Math.min(segment.duration / timescale, snapshot.targetDuration + LONGEST_EXCESS)
    state.lines.push(`#EXTINF:${decimalSeconds(duration)},`, segment.name)
  }
  if (window.open !== undefined) {
    segmentStart(state, snapshot, window.open, timescale)
    parts(state, snapshot, window.open.parts, timescale)
  }
  if (snapshot.ended) state.lines.push('#EXT-X-ENDLIST')
  else if (window.open === undefined) state.lines.push(MORE_FOLLOWS)
  return `${state.lines.join('\n')}\n`
}

function header(snapshot: TimelineSnapshot, window: RenditionSnapshot): string[] {
  const { targetDuration } = snapshot
  const partTarget = snapshot.partTarget / 1000
  const gaps = window.segments.some(({ gap }) => gap)
  const control = attributeList({
    'CAN-BLOCK-RELOAD': 'YES',
    'PART-HOLD-BACK': decimalSeconds(PART_HOLD_BACK_TARGETS * partTarget),
    'HOLD-BACK': decimalSeconds(HOLD_BACK_TARGETS * targetDuration),
  })
  return [
    '#EXTM3U',
    `#EXT-X-VERSION:${gaps ? VERSION_WITH_GAPS : VERSION}`,
    `#EXT-X-TARGETDURATION:${targetDuration}`,
    `#EXT-X-PART-INF:PART-TARGET=${decimalSeconds(partTarget)}`,
    `#EXT-X-SERVER-CONTROL:${control}`,
    `#EXT-X-MEDIA-SEQUENCE:${window.mediaSequence}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${window.discontinuitySequence}`,
    ...(window.independent ? ['#EXT-X-INDEPENDENT-SEGMENTS'] : []),
  ]
}

/** Tags that go before a segment and before its first part alike. */
function segmentStart(
  state: ListState,
  snapshot: TimelineSnapshot,
  segment: SegmentSnapshot | OpenSegmentSnapshot,
  timescale: Timescale,
): void {
  const { lines } = state
  const discontinuity = segment.discontinuitySequence !== state.discontinuitySequence
  if (discontinuity) lines.push('#EXT-X-DISCONTINUITY')
  if (discontinuity || segment.init.name !== state.init?.name)
    lines.push(`#EXT-X-MAP:URI=${quoted(segment.init.name)}`)
  const time = wallClock(snapshot.startedAt, segment.start, timescale)
  lines.push(`#EXT-X-PROGRAM-DATE-TIME:${time.toISOString()}`)
  state.init = segment.init
  state.discontinuitySequence = segment.discontinuitySequence
}

function parts(
  state: ListState,
  snapshot: TimelineSnapshot,
  list: readonly PartSnapshot[],
  timescale: Timescale,
): void {
  for (const part of list) {
    const attributes = attributeList({
      DURATION: decimalSeconds(Math.min(part.duration / timescale, snapshot.partTarget / 1000)),
      URI: quoted(part.name),
      INDEPENDENT: part.independent ? 'YES' : undefined,
    })
    state.lines.push(`#EXT-X-PART:${attributes}`)
  }
}

/** End of the last segment or part, in ticks. */
function liveEdge({ segments, open }: RenditionSnapshot): number {
  const last = open?.parts.at(-1) ?? segments.at(-1)
  return last === undefined ? 0 : last.start + last.duration
}
