import type { Attributes, ListedPart, ListedSegment, MediaList } from './media-list.ts'

/** What a list may be excused from. */
export interface ListRuleOptions {
  /** Parts of less than 85 % of the target are all right: frames do not come in such numbers that they could be longer. */
  readonly shortParts?: boolean
}

/** Rounding of decimals to the microsecond, and of dates to the millisecond, in seconds. */
const ROUNDING = 0.002
const LEAST_FULL = 0.85

/** What one list breaks of RFC 8216bis §4 and appendix B by itself; nothing in a good one. */
export function listFaults(list: MediaList, options: ListRuleOptions = {}): readonly string[] {
  return [
    ...list.strange,
    ...headerFaults(list),
    ...serverControlFaults(list),
    ...list.segments.flatMap((segment, index) =>
      segmentFaults(list, segment, list.segments[index - 1], options),
    ),
    ...(list.open === undefined ? [] : segmentFaults(list, list.open, list.segments.at(-1), options)),
    ...placeOfPartsFaults(list),
    ...tailFaults(list),
  ]
}

/** Adds a complaint where something does not hold. */
function unless(holds: boolean, complaint: string): readonly string[] {
  return holds ? [] : [complaint]
}

function headerFaults(list: MediaList): readonly string[] {
  const { version, targetDuration, partTarget, mediaSequence, discontinuitySequence } = list
  const gaps = list.segments.some(({ gap }) => gap)
  const needed = list.skipped > 0 ? 9 : gaps ? 8 : 6
  // What lies behind an EXT-X-SKIP may have a gap: that needs no more than the skip itself does.
  return [
    ...unless(version === needed, `VERSION is ${version} and should be ${needed}`),
    ...unless(targetDuration >= 1, `TARGETDURATION is ${targetDuration}`),
    ...unless(partTarget > 0, `PART-TARGET is ${partTarget}`),
    ...unless(mediaSequence >= 0, `MEDIA-SEQUENCE is ${mediaSequence}`),
    ...unless(discontinuitySequence >= 0, `DISCONTINUITY-SEQUENCE is ${discontinuitySequence}`),
  ]
}

function serverControlFaults({ serverControl, targetDuration, partTarget }: MediaList): readonly string[] {
  const seconds = (name: string): number => Number(serverControl.get(name))
  return [
    ...unless(serverControl.get('CAN-BLOCK-RELOAD') === 'YES', 'CAN-BLOCK-RELOAD is not offered'),
    ...unless(
      seconds('CAN-SKIP-UNTIL') >= 6 * targetDuration,
      'CAN-SKIP-UNTIL is below six target durations',
    ),
    ...unless(seconds('HOLD-BACK') >= 3 * targetDuration, 'HOLD-BACK is below three target durations'),
    ...unless(
      seconds('PART-HOLD-BACK') >= 3 * partTarget - 1e-6,
      'PART-HOLD-BACK is below three part targets',
    ),
  ]
}

function segmentFaults(
  list: MediaList,
  segment: ListedSegment,
  before: ListedSegment | undefined,
  options: ListRuleOptions,
): readonly string[] {
  const { mediaSequence, duration, parts, date, gap } = segment
  const total = parts.reduce((sum, part) => sum + part.duration, 0)
  const known = list.skipped > 0 || segment.map !== undefined
  return [
    ...unless(known, 'no EXT-X-MAP'),
    ...unless(!segment.breaks || segment.mapped, 'a discontinuity without EXT-X-MAP'),
    ...unless(date !== undefined && !Number.isNaN(date), 'no EXT-X-PROGRAM-DATE-TIME'),
    ...unless(duration === undefined || Math.round(duration) <= list.targetDuration, `EXTINF of ${duration}`),
    ...unless(duration === undefined || duration > 0, `EXTINF of ${duration}`),
    ...unless(!gap || parts.every((part) => part.gap), 'a gap with a part that is none'),
    ...unless(
      gap || duration === undefined || !parts.some((part) => part.gap),
      'a part that is a gap, and no EXT-X-GAP',
    ),
    ...unless(
      duration === undefined || parts.length === 0 || Math.abs(total - duration) < ROUNDING,
      `parts of ${total} s in a segment of ${duration} s`,
    ),
    ...dateFaults(segment, before),
    ...parts.flatMap((part, index) => partFaults(list, part, parts[index + 1], options)),
  ].map((complaint) => `segment ${mediaSequence}: ${complaint}`)
}

function dateFaults(segment: ListedSegment, before: ListedSegment | undefined): readonly string[] {
  if (segment.date === undefined || before?.date === undefined || before.duration === undefined) return []
  const distance = (segment.date - before.date) / 1000
  return segment.breaks
    ? unless(distance > 0, 'its date is before that of the segment before')
    : unless(
        Math.abs(distance - before.duration) < ROUNDING,
        `its date is ${distance} s after a segment of ${before.duration} s`,
      )
}

function partFaults(
  { partTarget }: MediaList,
  part: ListedPart,
  next: ListedPart | undefined,
  { shortParts = false }: ListRuleOptions,
): readonly string[] {
  const mayBeShort = shortParts || part.gap || next === undefined
  return [
    ...unless(part.uri !== '', 'a part without URI'),
    ...unless(
      part.duration > 0 && part.duration <= partTarget + 1e-6,
      `${part.uri} lasts ${part.duration} s`,
    ),
    ...unless(
      mayBeShort || part.duration >= LEAST_FULL * partTarget - 1e-6,
      `${part.uri} lasts ${part.duration} s only`,
    ),
  ]
}

/** Parts are for the last three target durations. §4.4.4.9 */
function placeOfPartsFaults({ segments, open, targetDuration }: MediaList): readonly string[] {
  let fromEnd = open?.parts.reduce((sum, { duration }) => sum + duration, 0) ?? 0
  const faults: string[] = []
  for (const { mediaSequence, duration = 0, parts } of segments.toReversed()) {
    if (parts.length > 0 && fromEnd > 3 * targetDuration + ROUNDING)
      faults.push(`segment ${mediaSequence} has parts, ${fromEnd} s from the end`)
    fromEnd += duration
  }
  return faults
}

function tailFaults({ hints, reports, ended, segments, open, skipped }: MediaList): readonly string[] {
  const types = hints.map((hint) => hint.get('TYPE'))
  const listed = new Set([...segments, ...(open === undefined ? [] : [open])].flatMap(urisOf))
  const map = (open ?? segments.at(-1))?.map
  return [
    ...unless(ended || types.includes('PART'), 'no preload hint for a part'),
    ...unless(!ended || hints.length === 0, 'preload hints behind the end'),
    ...unless(!ended || open === undefined, 'parts of a segment that will never be complete'),
    ...unless(new Set(types).size === types.length, 'two preload hints of a type'),
    ...unless(types.lastIndexOf('MAP') <= 0, 'a hint for a part before that for its init segment'),
    ...hints.flatMap((hint) =>
      unless(!listed.has(hint.get('URI') ?? ''), `${hint.get('URI')} is hinted and listed`),
    ),
    ...hints.flatMap((hint) =>
      unless(
        hint.get('TYPE') !== 'MAP' || skipped > 0 || hint.get('URI') !== map,
        'a hint for the init segment in force',
      ),
    ),
    ...reports.flatMap(reportFaults),
  ]
}

function urisOf({ uri, parts }: ListedSegment): readonly (string | undefined)[] {
  return [uri, ...parts.map((part) => part.uri)]
}

function reportFaults(report: Attributes): readonly string[] {
  const uri = report.get('URI') ?? ''
  return [
    ...unless(/^\.\.\/[^/]+\/index\.m3u8(\?.*)?$/.test(uri), `a report on "${uri}"`),
    ...unless(/^\d+$/.test(report.get('LAST-MSN') ?? ''), `a report on "${uri}" without LAST-MSN`),
    ...unless(/^\d+$/.test(report.get('LAST-PART') ?? '0'), `a report on "${uri}" with a strange LAST-PART`),
  ]
}
