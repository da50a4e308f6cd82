import {
  FORETOLD,
  nameFromTemplate,
  type PartEvent,
  type PartFile,
  type SegmentEvent,
  segmentTemplate,
  type TimelineEvent,
} from '@sluice/manifest'
import { OpenSegment } from './open-segment.ts'

/** Reads a part of a rendition; undefined when the store does not have all of it. */
export type ReadRenditionPart = (rendition: string, part: PartFile) => Promise<Uint8Array | undefined>

/** How many segments behind the newest players ask for: Shaka Player fetches two at a time. */
const EXPECTED = 2

/** The newest segment of a rendition that there is anything of. */
interface Newest {
  readonly segment: number
  readonly template: string
}

/** Segments that were foretold and will not be: their numbers have gone to media with another template. */
interface Overtaken {
  readonly template: string
  readonly first: number
  readonly last: number
}

/** The segments of a broadcast that are being made, one for each rendition at most. */
export class OpenSegments {
  readonly #read: ReadRenditionPart
  readonly #slowMillis: number
  readonly #open = new Map<string, OpenSegment>()
  readonly #newest = new Map<string, Newest>()
  readonly #overtaken = new Map<string, Overtaken>()

  /** @param slowMillis - see {@link OpenSegment}. */
  constructor(read: ReadRenditionPart, slowMillis: number) {
    this.#read = read
    this.#slowMillis = slowMillis
  }

  /** The rendition's segment of this name, while it is being made. */
  get(rendition: string, name: string): OpenSegment | undefined {
    const open = this.#open.get(rendition)
    return open?.name === name && !open.over ? open : undefined
  }

  /** True for the names of the segments that come next, if nothing happens to their worker. */
  expects(rendition: string, name: string): boolean {
    const newest = this.#newest.get(rendition)
    if (newest === undefined) return false
    for (let ahead = 1; ahead <= EXPECTED; ahead++)
      if (nameFromTemplate(newest.template, newest.segment + ahead) === name) return true
    return false
  }

  /**
   * True for a segment that was foretold or being made, and will never be complete, because media that need another init segment,
   * or come from another worker, took its place.
   */
  isOvertaken(rendition: string, name: string): boolean {
    const overtaken = this.#overtaken.get(rendition)
    if (overtaken === undefined) return false
    for (let segment = overtaken.first; segment <= overtaken.last; segment++)
      if (nameFromTemplate(overtaken.template, segment) === name) return true
    return false
  }

  /** Takes an event that the timeline has applied. */
  apply(event: TimelineEvent): void {
    switch (event.type) {
      case 'part':
        this.#addPart(event)
        break
      case 'segment':
        this.#close(event)
        break
      case 'rendition-removed':
        this.#newest.delete(event.rendition)
        this.#abandon(event.rendition)
        break
      case 'end':
        this.abandonAll()
        break
      default:
    }
  }

  /** No segment that is being made will be complete. */
  abandonAll(): void {
    this.#newest.clear()
    for (const rendition of this.#open.keys()) this.#abandon(rendition)
  }

  #addPart({ rendition, segment, name, part, offset, size }: PartEvent): void {
    this.#setNewest(rendition, segment, name)
    let open = this.#open.get(rendition)
    if (open?.name !== name) {
      // A worker that took over makes the segment anew, under a name of its own.
      this.#abandon(rendition)
      open = new OpenSegment(name, (file) => this.#read(rendition, file), this.#slowMillis)
      this.#open.set(rendition, open)
    }
    // What viewers get has to be what the file holds.
    if (offset !== open.size) open.abandon()
    else open.add({ kind: 'part', name: `${name}#${part}`, segment: name, offset, size })
  }

  #close({ rendition, segment, name, size }: SegmentEvent): void {
    this.#setNewest(rendition, segment, name)
    const open = this.#open.get(rendition)
    if (open?.name === name && open.size === size) open.complete()
    this.#abandon(rendition)
  }

  #setNewest(rendition: string, segment: number, name: string): void {
    const template = segmentTemplate(name, segment)
    const former = this.#newest.get(rendition)
    if (former !== undefined && former.template !== template) {
      const first = Math.min(segment, former.segment + 1)
      this.#overtaken.set(rendition, { template: former.template, first, last: former.segment + FORETOLD })
    }
    this.#newest.set(rendition, { segment, template })
  }

  #abandon(rendition: string): void {
    this.#open.get(rendition)?.abandon()
    this.#open.delete(rendition)
  }
}
