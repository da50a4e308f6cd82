import { setTimeout as delay } from 'node:timers/promises'
import { applyDelta, type HlsValidator, type MediaList } from '@sluice/testkit'

/** What a follower found beside what its validator says. */
export interface FollowerReport {
  /** Parts that were asked for when they were announced, and came. */
  readonly hintedParts: number
  /** Announced parts that never came. */
  readonly unmadeParts: number
  /** Segments whose parts, joined, were compared with the whole. */
  readonly comparedSegments: number
  readonly deltas: number
  readonly faults: readonly string[]
}

/** Milliseconds before a list that could not be had is asked for again. */
const RETRY_MILLIS = 200
/** How often the whole list is fetched although an update would do. */
const WHOLE_EVERY = 20
/** Share of the time that a removed segment has to stay, after which it is asked for once more. */
const LATE_CHECK = 0.9

/**
 * Follows one rendition as a low-latency player does: every version by blocking reload, as a delta update where there is one,
 * every part as soon as it is announced, and every segment. Hands every list to the validator.
 */
export class ListFollower {
  readonly #base: string
  readonly #rendition: string
  readonly #validator: HlsValidator
  readonly #parts = new Map<string, Promise<Uint8Array | undefined>>()
  readonly #checks: Promise<void>[] = []
  readonly #compared = new Set<string>()
  readonly #faults: string[] = []
  #text: string | undefined
  #longest = 0
  #versions = 0
  #deltas = 0
  #hinted = 0
  #unmade = 0
  #whole = 0

  constructor(base: string, rendition: string, validator: HlsValidator) {
    this.#base = base
    this.#rendition = rendition
    this.#validator = validator
  }

  /** Follows the list to its end. */
  async run(): Promise<FollowerReport> {
    let list: MediaList | undefined
    while (list?.ended !== true) list = await this.#next(list)
    await Promise.all(this.#checks)
    return {
      hintedParts: this.#hinted,
      unmadeParts: this.#unmade,
      comparedSegments: this.#whole,
      deltas: this.#deltas,
      faults: this.#faults,
    }
  }

  async #next(before: MediaList | undefined): Promise<MediaList | undefined> {
    const known = this.#versions % WHOLE_EVERY === 0 ? undefined : this.#text
    const least = this.#validator.positions()
    const response = await fetch(this.#url(`index.m3u8${directives(before, known !== undefined)}`))
    const answer = await response.text()
    if (!response.ok) {
      // While the publisher is away nothing comes for longer than a request is held.
      if (response.status !== 503) this.#faults.push(`${response.status} for the list: ${answer}`)
      await delay(RETRY_MILLIS)
      return before
    }
    if (answer.includes('#EXT-X-SKIP:')) this.#deltas += 1
    const text = known === undefined ? answer : applyDelta(known, answer)
    this.#text = text
    if (text === undefined) {
      this.#faults.push('a delta update left out what nobody had')
      return before
    }
    this.#versions += 1
    const list = this.#validator.take(this.#rendition, text, least)
    this.#follow(list, before)
    return list
  }

  #follow(list: MediaList, before: MediaList | undefined): void {
    this.#longest = Math.max(
      this.#longest,
      list.segments.reduce((sum, { duration = 0 }) => sum + duration, 0),
    )
    for (const hint of list.hints) this.#ask(hint.get('URI') ?? '')
    for (const { uri = '', parts, gap } of list.segments) {
      if (gap || parts.length === 0 || this.#compared.has(uri)) continue
      this.#compared.add(uri)
      this.#checks.push(
        this.#compare(
          uri,
          parts.map((part) => part.uri),
        ),
      )
    }
    for (const { mediaSequence, uri = '', duration = 0, gap } of before?.segments ?? [])
      if (mediaSequence < list.mediaSequence && !gap) this.#checks.push(this.#checkRemoved(uri, duration))
  }

  /** Asks for a part that was announced, once. */
  #ask(uri: string): void {
    if (this.#parts.has(uri) || !uri.endsWith('.m4s')) return
    const asked = this.#fetch(uri).then(({ status, bytes }) => {
      if (bytes !== undefined) this.#hinted += 1
      else if (status === 404 || status === 503) this.#unmade += 1
      else this.#faults.push(`${status} for ${uri}`)
      return bytes
    })
    this.#parts.set(uri, asked)
    this.#checks.push(asked.then(() => undefined))
  }

  /** The parts of a segment, joined, are the segment. */
  async #compare(uri: string, parts: readonly string[]): Promise<void> {
    const [{ bytes: whole, status }, ...pieces] = await Promise.all([
      this.#fetch(uri),
      ...parts.map((part) => this.#parts.get(part)),
    ])
    if (whole === undefined) this.#faults.push(`${status} for ${uri}`)
    const known = pieces.filter((piece) => piece !== undefined)
    if (whole === undefined || known.length < parts.length) return
    this.#whole += 1
    if (!Buffer.concat(known).equals(whole)) this.#faults.push(`the parts of ${uri} are not the segment`)
  }

  /** A removed segment stays for its own duration and that of the longest list. RFC 8216bis §6.2.2 */
  async #checkRemoved(uri: string, duration: number): Promise<void> {
    await delay(LATE_CHECK * (duration + this.#longest) * 1000)
    const { status } = await this.#fetch(uri)
    if (status !== 200) this.#faults.push(`${status} for ${uri}, which was removed a while ago`)
  }

  async #fetch(uri: string): Promise<{ status: number; bytes: Uint8Array | undefined }> {
    const response = await fetch(this.#url(uri))
    const bytes = new Uint8Array(await response.arrayBuffer())
    return { status: response.status, bytes: response.ok ? bytes : undefined }
  }

  #url(path: string): string {
    return `${this.#base}/${this.#rendition}/${path}`
  }
}

/** Asks for the part after the last one. */
function directives(list: MediaList | undefined, skip: boolean): string {
  if (list === undefined) return ''
  const last = list.segments.at(-1)?.mediaSequence ?? list.mediaSequence - 1
  const segment = list.open?.mediaSequence ?? last + 1
  const part = list.open?.parts.length ?? 0
  return `?_HLS_msn=${segment}&_HLS_part=${part}${skip ? '&_HLS_skip=YES' : ''}`
}

/** The renditions of a multivariant playlist's text, each once. */
export function listedRenditions(multivariant: string): readonly string[] {
  const uris = [...multivariant.matchAll(/(?:^|URI=")([^#"\n]+)\/index\.m3u8/gm)]
  return [...new Set(uris.map(([, id = '']) => id))]
}
