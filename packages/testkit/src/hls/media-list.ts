/** A tag's attributes by name, quotes taken off. */
export type Attributes = ReadonlyMap<string, string>

/** An EXT-X-PART. */
export interface ListedPart {
  readonly uri: string
  /** Seconds. */
  readonly duration: number
  readonly independent: boolean
  readonly gap: boolean
}

/** A segment, or the parts of the one in the making, which has no `uri`. */
export interface ListedSegment {
  readonly mediaSequence: number
  readonly discontinuitySequence: number
  /** An EXT-X-DISCONTINUITY stands before it. */
  readonly breaks: boolean
  /** URI of the EXT-X-MAP in force. */
  readonly map: string | undefined
  /** An EXT-X-MAP stands before it. */
  readonly mapped: boolean
  /** EXT-X-PROGRAM-DATE-TIME in milliseconds since the epoch. */
  readonly date: number | undefined
  readonly parts: readonly ListedPart[]
  /** Seconds. */
  readonly duration: number | undefined
  readonly uri: string | undefined
  readonly gap: boolean
}

/** What a media playlist says. */
export interface MediaList {
  /** Tags before the first segment, with their values, in order. */
  readonly header: readonly (readonly [tag: string, value: string])[]
  readonly version: number
  readonly targetDuration: number
  /** Seconds. */
  readonly partTarget: number
  readonly serverControl: Attributes
  readonly mediaSequence: number
  readonly discontinuitySequence: number
  /** Of a delta update; 0 in a whole list. */
  readonly skipped: number
  readonly segments: readonly ListedSegment[]
  /** Parts without a segment yet. */
  readonly open: ListedSegment | undefined
  readonly hints: readonly Attributes[]
  /** An EXT-X-DISCONTINUITY stands before the hints. */
  readonly breaksNext: boolean
  readonly reports: readonly Attributes[]
  readonly ended: boolean
  /** Lines that no rule of the format knows, and tags where they may not be. */
  readonly strange: readonly string[]
}

const HEADER = new Set([
  'EXT-X-VERSION',
  'EXT-X-TARGETDURATION',
  'EXT-X-PART-INF',
  'EXT-X-SERVER-CONTROL',
  'EXT-X-MEDIA-SEQUENCE',
  'EXT-X-DISCONTINUITY-SEQUENCE',
  'EXT-X-INDEPENDENT-SEGMENTS',
  'EXT-X-PLAYLIST-TYPE',
  'EXT-X-START',
  'EXT-X-SKIP',
])

interface Pending {
  breaks: boolean
  mapped: boolean
  date: number | undefined
  duration: number | undefined
  gap: boolean
  parts: ListedPart[]
}

/** Reads a media playlist line by line, as RFC 8216bis §4 has it; what breaks the form is in `strange`. */
export function readMediaList(text: string): MediaList {
  return new Reader(text).list()
}

class Reader {
  readonly #header: (readonly [string, string])[] = []
  readonly #segments: ListedSegment[] = []
  readonly #hints: Attributes[] = []
  readonly #reports: Attributes[] = []
  readonly #strange: string[] = []
  #map: string | undefined
  #discontinuities = 0
  #ended = false
  #pending: Pending = nothingYet()

  constructor(text: string) {
    const lines = text.split('\n')
    if (lines.shift() !== '#EXTM3U') this.#strange.push('the first line is not #EXTM3U')
    if (lines.pop() !== '') this.#strange.push('the last line does not end')
    for (const line of lines) this.#read(line)
  }

  list(): MediaList {
    const { parts, breaks } = this.#pending
    return {
      header: this.#header,
      version: this.#number('EXT-X-VERSION'),
      targetDuration: this.#number('EXT-X-TARGETDURATION'),
      partTarget: Number(readAttributes(this.#value('EXT-X-PART-INF')).get('PART-TARGET')),
      serverControl: readAttributes(this.#value('EXT-X-SERVER-CONTROL')),
      mediaSequence: this.#first(),
      discontinuitySequence: this.#number('EXT-X-DISCONTINUITY-SEQUENCE'),
      skipped: this.#skipped(),
      segments: this.#segments,
      open: parts.length === 0 ? undefined : this.#segment(undefined),
      hints: this.#hints,
      breaksNext: parts.length === 0 && breaks,
      reports: this.#reports,
      ended: this.#ended,
      strange: this.#strange,
    }
  }

  #read(line: string): void {
    if (this.#ended) this.#strange.push(`"${line}" behind the end`)
    if (line === '') this.#strange.push('an empty line')
    else if (!line.startsWith('#')) this.#close(line)
    else this.#tag(line)
  }

  #tag(line: string): void {
    const colon = line.indexOf(':')
    const tag = line.slice(1, colon === -1 ? undefined : colon)
    const value = colon === -1 ? '' : line.slice(colon + 1)
    const pending = this.#pending
    if (this.#hints.length > 0 && !['EXT-X-PRELOAD-HINT', 'EXT-X-RENDITION-REPORT'].includes(tag))
      this.#strange.push(`"${line}" behind a preload hint`)
    if (HEADER.has(tag)) {
      if (this.#segments.length > 0 || pending.parts.length > 0) this.#strange.push(`"${tag}" behind media`)
      if (this.#header.some(([known]) => known === tag)) this.#strange.push(`"${tag}" twice`)
      this.#header.push([tag, value])
      return
    }
    if (
      pending.parts.length > 0 &&
      ['EXT-X-DISCONTINUITY', 'EXT-X-MAP', 'EXT-X-PROGRAM-DATE-TIME'].includes(tag)
    )
      this.#strange.push(`"${tag}" behind the first part of its segment`)
    switch (tag) {
      case 'EXT-X-DISCONTINUITY':
        pending.breaks = true
        break
      case 'EXT-X-MAP':
        this.#map = readAttributes(value).get('URI')
        pending.mapped = true
        break
      case 'EXT-X-PROGRAM-DATE-TIME':
        pending.date = Date.parse(value)
        break
      case 'EXT-X-GAP':
        pending.gap = true
        break
      case 'EXTINF':
        pending.duration = Number(/^(\d+\.\d+),$/.exec(value)?.[1])
        break
      case 'EXT-X-PART':
        pending.parts.push(readPart(readAttributes(value)))
        break
      case 'EXT-X-PRELOAD-HINT':
        this.#hints.push(readAttributes(value))
        break
      case 'EXT-X-RENDITION-REPORT':
        this.#reports.push(readAttributes(value))
        break
      case 'EXT-X-ENDLIST':
        this.#ended = true
        break
      default:
        this.#strange.push(`"${line}" is no tag of a media playlist`)
    }
  }

  #close(uri: string): void {
    if (this.#pending.duration === undefined) this.#strange.push(`"${uri}" has no EXTINF`)
    this.#segments.push(this.#segment(uri))
    this.#pending = nothingYet()
  }

  #segment(uri: string | undefined): ListedSegment {
    const { breaks, mapped, date, duration, gap, parts } = this.#pending
    if (breaks) this.#discontinuities += 1
    return {
      mediaSequence: this.#first() + this.#skipped() + this.#segments.length,
      discontinuitySequence: this.#number('EXT-X-DISCONTINUITY-SEQUENCE') + this.#discontinuities,
      ...{ breaks, mapped, map: this.#map, date, duration, gap, parts, uri },
    }
  }

  #first(): number {
    return this.#number('EXT-X-MEDIA-SEQUENCE')
  }

  #skipped(): number {
    return Number(readAttributes(this.#value('EXT-X-SKIP')).get('SKIPPED-SEGMENTS') ?? 0)
  }

  #value(tag: string): string {
    return this.#header.find(([known]) => known === tag)?.[1] ?? ''
  }

  #number(tag: string): number {
    return Number(/^\d+$/.exec(this.#value(tag))?.[0])
  }
}

function nothingYet(): Pending {
  return { breaks: false, mapped: false, date: undefined, duration: undefined, gap: false, parts: [] }
}

function readPart(attributes: Attributes): ListedPart {
  return {
    uri: attributes.get('URI') ?? '',
    duration: Number(attributes.get('DURATION')),
    independent: attributes.get('INDEPENDENT') === 'YES',
    gap: attributes.get('GAP') === 'YES',
  }
}

/** `NAME=value,NAME="value"`. RFC 8216bis §4.2 */
function readAttributes(value: string): Attributes {
  return new Map(
    [...value.matchAll(/([A-Z0-9-]+)=(?:"([^"]*)"|([^",]*))(?:,|$)/g)].map(([, name = '', quoted, plain]) => [
      name,
      quoted ?? plain ?? '',
    ]),
  )
}
