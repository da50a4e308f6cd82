const SKIP = /^#EXT-X-SKIP:SKIPPED-SEGMENTS=(\d+)$/
const SEQUENCE = /^#EXT-X-MEDIA-SEQUENCE:(\d+)$/m
const VERSION = /^#EXT-X-VERSION:\d+$/m
const BEFORE_SEGMENT = /^#(EXTINF:|EXT-X-(DISCONTINUITY$|MAP:|PROGRAM-DATE-TIME:|GAP$))/

/** A complete segment's lines, but for its parts, which are for the end of a list alone. */
interface SegmentLines {
  readonly lines: readonly string[]
  /** The EXT-X-MAP in force. */
  readonly map: string
}

/**
 * Puts a delta update and the list that a player has together, as draft-pantos-hls-rfc8216bis §6.3.7 tells players to.
 *
 * @param known - the whole list as it was before.
 * @returns the whole list as the server would have given it, to the letter; undefined where the update leaves out what the
 * list before does not have. The update itself where it leaves out nothing.
 */
export function applyDelta(known: string, delta: string): string | undefined {
  const lines = delta.split('\n')
  const at = lines.findIndex((line) => SKIP.test(line))
  if (at === -1) return delta
  const count = Number(SKIP.exec(lines[at] ?? '')?.[1])
  const from = firstOf(delta) - firstOf(known)
  const skipped = segmentsOf(known).slice(from, from + count)
  if (from < 0 || skipped.length < count) return undefined
  const restored = skipped.flatMap((segment, index) => (index === 0 ? asFirst(segment) : segment.lines))
  const text = [...lines.slice(0, at), ...restored, ...lines.slice(at + 1)].join('\n')
  // The skip alone needed a higher one.
  return text.replace(VERSION, `#EXT-X-VERSION:${text.includes('#EXT-X-GAP\n') ? 8 : 6}`)
}

function firstOf(list: string): number {
  return Number(SEQUENCE.exec(list)?.[1])
}

function segmentsOf(list: string): readonly SegmentLines[] {
  const segments: SegmentLines[] = []
  let lines: string[] = []
  let map = ''
  for (const line of list.split('\n')) {
    if (line.startsWith('#EXT-X-MAP:')) map = line
    if (BEFORE_SEGMENT.test(line)) lines.push(line)
    if (line === '' || line.startsWith('#')) continue
    segments.push({ lines: [...lines, line], map })
    lines = []
  }
  return segments
}

/** The discontinuity before the first segment of a list is counted and not listed; its init segment is named. */
function asFirst({ lines, map }: SegmentLines): readonly string[] {
  return [map, ...lines.filter((line) => line !== '#EXT-X-DISCONTINUITY' && line !== map)]
}
