import type { ListedPart, ListedSegment, MediaList } from './media-list.ts'

/** The rules between one version of a rendition's list and the next. */
export class ListHistory {
  #last: MediaList | undefined
  readonly #segments = new Map<number, ListedSegment>()
  readonly #parts = new Map<number, { map: string | undefined; parts: readonly ListedPart[] }>()
  readonly #uris = new Map<string, string>()
  /** Hints for parts in whose place something else came. */
  readonly brokenHints: string[] = []
  /** How many segments in the making were begun anew, by another worker. */
  begunAnew = 0

  /** @returns what the list breaks of RFC 8216bis §6.2, given the versions before; nothing for a good one. */
  take(list: MediaList): readonly string[] {
    const before = this.#last
    this.#last = list
    const open = list.open === undefined ? [] : [list.open]
    return [
      ...(before === undefined ? [] : changeFaults(before, list)),
      ...(before === undefined ? [] : this.#hintFaults(before, list)),
      ...list.segments.flatMap((segment) => this.#segmentFaults(segment)),
      ...[...list.segments, ...open].flatMap((segment) => this.#partFaults(segment)),
    ]
  }

  /** A segment that has been listed is told the same way ever after. */
  #segmentFaults(segment: ListedSegment): readonly string[] {
    const { mediaSequence, uri = '' } = segment
    const known = this.#segments.get(mediaSequence)
    this.#segments.set(mediaSequence, segment)
    const told = this.#meaning(uri, `segment ${mediaSequence}`)
    if (known === undefined || meaningOf(known) === meaningOf(segment)) return told
    return [...told, `segment ${mediaSequence} was ${meaningOf(known)} and is ${meaningOf(segment)}`]
  }

  /** Parts are only ever added, until a segment is old enough to do without them. */
  #partFaults({ mediaSequence, map, parts }: ListedSegment): readonly string[] {
    if (parts.length === 0) return []
    const known = this.#parts.get(mediaSequence)
    this.#parts.set(mediaSequence, { map, parts })
    const told = parts.flatMap((part, index) => this.#meaning(part.uri, `part ${mediaSequence}.${index}`))
    if (known === undefined) return told
    if (known.map !== map) {
      this.begunAnew += 1
      return told
    }
    const kept = known.parts.every((part, index) => JSON.stringify(part) === JSON.stringify(parts[index]))
    return kept ? told : [...told, `the parts of segment ${mediaSequence} were not only added to`]
  }

  /** A URI stands for one thing. */
  #meaning(uri: string, meaning: string): readonly string[] {
    const known = this.#uris.get(uri)
    this.#uris.set(uri, meaning)
    return known === undefined || known === meaning ? [] : [`${uri} was ${known} and is ${meaning}`]
  }

  /** What was announced as next is what came next, unless other media came, which the announcement could not know. */
  #hintFaults(before: MediaList, list: MediaList): readonly string[] {
    const hint = before.hints.find((each) => each.get('TYPE') === 'PART')?.get('URI')
    const number = before.open?.mediaSequence ?? lastNumber(before) + 1
    const index = before.open?.parts.length ?? 0
    const segment = [...list.segments, list.open].find((each) => each?.mediaSequence === number)
    const map = before.open?.map ?? before.segments.at(-1)?.map
    if (hint === undefined || segment === undefined || segment.map !== map) return []
    const came = segment.parts[index]?.uri
    const isLater = segment.uri !== undefined || came !== undefined
    if (!isLater || came === hint || (segment.uri !== undefined && segment.parts.length === 0)) return []
    this.brokenHints.push(`${hint} was announced, and ${came ?? 'nothing'} came`)
    return []
  }
}

/** What a player remembers of a segment. */
function meaningOf({ uri, duration, date, map, discontinuitySequence, gap }: ListedSegment): string {
  return JSON.stringify([uri, duration, date, map, discontinuitySequence, gap])
}

function lastNumber({ segments, mediaSequence }: MediaList): number {
  return segments.at(-1)?.mediaSequence ?? mediaSequence - 1
}

function changeFaults(before: MediaList, list: MediaList): readonly string[] {
  const faults: string[] = []
  const same = (what: string, was: unknown, is: unknown): void => {
    if (JSON.stringify(was) !== JSON.stringify(is))
      faults.push(`${what} was ${String(was)} and is ${String(is)}`)
  }
  const forward = (what: string, was: number, is: number): void => {
    if (is < was) faults.push(`${what} was ${was} and is ${is}`)
  }
  same('TARGETDURATION', before.targetDuration, list.targetDuration)
  same('PART-TARGET', before.partTarget, list.partTarget)
  same('SERVER-CONTROL', [...before.serverControl], [...list.serverControl])
  forward('MEDIA-SEQUENCE', before.mediaSequence, list.mediaSequence)
  forward('DISCONTINUITY-SEQUENCE', before.discontinuitySequence, list.discontinuitySequence)
  forward('the last segment', lastNumber(before), lastNumber(list))
  if (before.ended && !list.ended) faults.push('the list goes on behind its end')
  if (before.ended) same('the ended list', before.segments.length, list.segments.length)
  if (list.mediaSequence > before.mediaSequence) {
    const seconds = list.segments.reduce((sum, { duration = 0 }) => sum + duration, 0)
    const least = 3 * list.targetDuration
    // The removal of a segment must leave three target durations. §6.2.2
    if (seconds < least) faults.push(`segments were removed, and ${seconds} s are left of at least ${least}`)
  }
  return faults
}
