import type { Timescale } from '@sluice/core'
import type { InitSegment } from '../timeline/events.ts'
import {
  findRendition,
  hasMedia,
  liveEdge,
  type OpenSegmentSnapshot,
  type PartSnapshot,
  type RenditionSnapshot,
  type SegmentSnapshot,
  type TimelineSnapshot,
  wallClock,
} from '../timeline/snapshot.ts'
import { attributeList, decimalSeconds, quoted } from './attributes.ts'
import { gapParts } from './gap-parts.ts'
import { type EventRange, type ListRange, windowInRange } from './list-range.ts'
import { preloadHints } from './preload-hint.ts'
import { renditionReports } from './rendition-report.ts'
import { serverControl } from './server-control.ts'
import { skippedSegments } from './skip.ts'

/** EXT-X-MAP outside I-frame playlists. RFC 8216 §7 */
const VERSION = 6
/** EXT-X-GAP. draft-pantos-hls-rfc8216bis §8 */
const VERSION_WITH_GAPS = 8
/** EXT-X-SKIP. draft-pantos-hls-rfc8216bis §8 */
const VERSION_WITH_SKIP = 9
/** Segments within this many target durations of the live edge are listed with their parts. */
const PART_TARGETS = 3
/** Seconds over the target duration that still round to it. */
const LONGEST_EXCESS = 0.499_999

/** How a media playlist is wanted. */
export interface MediaOptions {
  /**
   * As a delta update: without the segments that whoever reloads in time knows already. The whole list where no segment
   * is old enough, and at the end. Default false.
   */
  readonly skip?: boolean
  /** The part of the window that the list has; default all of it. */
  readonly range?: ListRange | undefined
}

/** What has been said for the segments above, and so need not be said again. */
interface ListState {
  readonly lines: string[]
  init: InitSegment | undefined
  discontinuitySequence: number
}

/**
 * Renders a rendition's media playlist, with parts at the live edge, the part that comes next, and how far the other
 * renditions are.
 *
 * URIs are relative to the playlist: a file's name alone. No duration is said to be longer than announced:
 * where a publisher's stall made a frame last too long, PROGRAM-DATE-TIME shows what is missing.
 *
 * @returns undefined when the rendition is unknown, or planned and without media so far.
 * @see RFC 8216 §4.3.3; draft-pantos-hls-rfc8216bis §4.4.3 to §4.4.5, §6.2.5.1
 */
export function renderMedia(
  snapshot: TimelineSnapshot,
  rendition: string,
  { skip = false, range }: MediaOptions = {},
): string | undefined {
  const whole = findRendition(snapshot, rendition)
  if (whole === undefined || !hasMedia(whole)) return undefined

  const window = windowInRange(whole, range)
  const skipped = skip ? skippedSegments(snapshot, window) : 0
  const before = window.segments[skipped - 1]
  const state: ListState = {
    lines: header(snapshot, window, skipped, range),
    init: before?.init,
    discontinuitySequence: before?.discontinuitySequence ?? window.discontinuitySequence,
  }
  const { timescale } = window.rendition
  const partsFrom = liveEdge(window) - PART_TARGETS * snapshot.targetDuration * timescale
  for (const segment of window.segments.slice(skipped)) {
    const { date, end } = segmentText(segment, snapshot, timescale)
    segmentStart(state, segment, date)
    if (segment.start >= partsFrom) parts(state, snapshot, segment, timescale)
    state.lines.push(end)
  }
  if (window.open !== undefined) {
    segmentStart(state, window.open, dateTag(window.open, snapshot, timescale))
    parts(state, snapshot, window.open, timescale)
  }
  if (snapshot.ended) state.lines.push('#EXT-X-ENDLIST')
  else state.lines.push(...preloadHints(window.next, state), ...renditionReports(snapshot, rendition, range))
  return `${state.lines.join('\n')}\n`
}

function header(
  snapshot: TimelineSnapshot,
  window: RenditionSnapshot,
  skipped: number,
  range: ListRange | undefined,
): string[] {
  const { segments, mediaSequence, discontinuitySequence, independent } = window
  const { targetDuration, partTarget } = snapshot
  const version = segments.some(({ gap }) => gap) ? VERSION_WITH_GAPS : VERSION
  return [
    '#EXTM3U',
    `#EXT-X-VERSION:${skipped > 0 ? VERSION_WITH_SKIP : version}`,
    `#EXT-X-TARGETDURATION:${targetDuration}`,
    ...(range?.type === 'event' ? eventTags(range, window) : []),
    `#EXT-X-PART-INF:PART-TARGET=${decimalSeconds(partTarget / 1000)}`,
    serverControl(snapshot),
    `#EXT-X-MEDIA-SEQUENCE:${mediaSequence}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${discontinuitySequence}`,
    ...(independent ? ['#EXT-X-INDEPENDENT-SEGMENTS'] : []),
    ...(skipped > 0 ? [`#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped}`] : []),
  ]
}

/** Nothing will be removed, and players begin at the time that was asked for. §4.4.2.2, §4.4.3.5 */
function eventTags(
  { start }: EventRange,
  { segments, open, rendition }: RenditionSnapshot,
): readonly string[] {
  const first = (segments[0] ?? open)?.start ?? 0
  const offset = Math.max(0, start - first / rendition.timescale)
  return [
    '#EXT-X-PLAYLIST-TYPE:EVENT',
    `#EXT-X-START:${attributeList({ 'TIME-OFFSET': decimalSeconds(offset), PRECISE: 'YES' })}`,
  ]
}

/** Tags that go before a segment and before its first part alike. */
function segmentStart(state: ListState, segment: SegmentSnapshot | OpenSegmentSnapshot, date: string): void {
  const { lines } = state
  const discontinuity = segment.discontinuitySequence !== state.discontinuitySequence
  if (discontinuity) lines.push('#EXT-X-DISCONTINUITY')
  if (discontinuity || segment.init.name !== state.init?.name)
    lines.push(`#EXT-X-MAP:URI=${quoted(segment.init.name)}`)
  lines.push(date)
  state.init = segment.init
  state.discontinuitySequence = segment.discontinuitySequence
}

/** What a list says of a segment wherever it stands in it. */
interface SegmentText {
  readonly date: string
  readonly end: string
}

/** A window of hours is rendered several times a second and differs from the one before in its last lines alone. */
const segmentTexts = new WeakMap<SegmentSnapshot, SegmentText>()

function segmentText(
  segment: SegmentSnapshot,
  snapshot: TimelineSnapshot,
  timescale: Timescale,
): SegmentText {
  const known = segmentTexts.get(segment)
  if (known !== undefined) return known
  const end = `${segment.gap ? '#EXT-X-GAP\n' : ''}${durationTag(segment, snapshot, timescale)}\n${segment.name}`
  const text = { date: dateTag(segment, snapshot, timescale), end }
  segmentTexts.set(segment, text)
  return text
}

/** EXTINF: no longer than announced. RFC 8216 §4.3.3.1 */
export function durationTag(
  { duration }: SegmentSnapshot,
  { targetDuration }: TimelineSnapshot,
  timescale: Timescale,
): string {
  const seconds = Math.min(duration / timescale, targetDuration + LONGEST_EXCESS)
  return `#EXTINF:${decimalSeconds(seconds)},`
}

/** EXT-X-PROGRAM-DATE-TIME: when the segment's first sample was on air. */
export function dateTag(
  { start }: SegmentSnapshot | OpenSegmentSnapshot,
  { startedAt }: TimelineSnapshot,
  timescale: Timescale,
): string {
  return `#EXT-X-PROGRAM-DATE-TIME:${wallClock(startedAt, start, timescale).toISOString()}`
}

function parts(
  state: ListState,
  { partTarget }: TimelineSnapshot,
  segment: SegmentSnapshot | OpenSegmentSnapshot,
  timescale: Timescale,
): void {
  const missing = 'gap' in segment && segment.gap
  const list: readonly PartSnapshot[] = missing ? gapParts(segment, partTarget, timescale) : segment.parts
  for (const part of list) {
    const attributes = attributeList({
      DURATION: decimalSeconds(Math.min(part.duration / timescale, partTarget / 1000)),
      URI: quoted(part.name),
      INDEPENDENT: part.independent ? 'YES' : undefined,
      GAP: missing ? 'YES' : undefined,
    })
    state.lines.push(`#EXT-X-PART:${attributes}`)
  }
}
