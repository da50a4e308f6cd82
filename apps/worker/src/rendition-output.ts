import type { CutEvent } from '@sluice/cmaf'
import { type EpochMillis, giveBack, ticksToMillis } from '@sluice/core'
import {
  initFileName,
  type PartEvent,
  type Rendition,
  type SegmentEvent,
  segmentFileName,
} from '@sluice/manifest'
import type { SegmentStore, SegmentWriter } from '@sluice/store'
import type { TimelineAppender } from './timeline-appender.ts'
import type { WorkerTotals } from './worker-totals.ts'

export interface RenditionOutputOptions {
  readonly store: SegmentStore
  readonly timeline: TimelineAppender
  readonly stream: string
  readonly broadcast: string
  readonly epoch: number
  /** Wall clock of media time 0. */
  readonly startedAt: EpochMillis
  /** Media behind the newest segment that stays in the store, in milliseconds. */
  readonly keepMillis: number
  /** Where an earlier worker of this broadcast left off. */
  readonly resume: ResumePoint
  /** Counted on. */
  readonly totals: WorkerTotals
  /** The store failed: the job cannot go on. */
  readonly failed: (error: unknown) => void
}

/** What an earlier epoch already put into the timeline for one rendition. */
export interface ResumePoint {
  /** Segments below this number are complete and are not made again. */
  readonly segment: number
  /** Version for the next init segment. */
  readonly initVersion: number
  /** The segments that the timeline still knows, oldest first: they leave the store in their turn. */
  readonly segments: readonly MadeSegment[]
}

/** A segment that an earlier epoch put into the store. */
export interface MadeSegment {
  /** File name. */
  readonly name: string
  /** How long it lasts, in milliseconds. */
  readonly millis: number
}

/** Segments that a bit rate is measured over: one of a few frames is nearly all keyframe, and says little. */
const MEASURED_SEGMENTS = 3

/** A broadcast's first worker begins here. */
export const FROM_THE_START: ResumePoint = { segment: 0, initVersion: 0, segments: [] }

/** A rendition before its init segment exists. */
export type PlannedRendition = Rendition & { readonly init: undefined }

interface StoredSegment {
  readonly key: string
  /** How much media there was with it, in milliseconds. */
  readonly made: number
}

/**
 * Puts one rendition's parts into the store and then, and only then, into the timeline, in order. Old
 * segments leave the store when no playlist can list them any more.
 */
export class RenditionOutput {
  readonly #options: RenditionOutputOptions
  #rendition: PlannedRendition
  #initVersion: number
  #tail: Promise<void> = Promise.resolve()
  #writer: SegmentWriter | undefined
  /**
   * In the store, and announced with the end of its segment: whoever is told of a part may take it that the next one
   * belongs to the same segment, unless the segment is said to be complete.
   */
  #lastPart: PartEvent | undefined
  readonly #stored: StoredSegment[] = []
  /** Media of all segments so far, in milliseconds, without what lies between them: no list loses a segment while none is made. */
  #made = 0
  #pendingBytes = 0
  #writtenBytes = 0
  #broken = false
  /** Bits and seconds of the newest complete segments. */
  readonly #measured: { readonly bits: number; readonly seconds: number }[] = []

  constructor(planned: PlannedRendition, options: RenditionOutputOptions) {
    this.#rendition = planned
    this.#options = options
    this.#initVersion = options.resume.initVersion - 1
    for (const { name, millis } of options.resume.segments) this.#keep(name, millis)
  }

  get rendition(): PlannedRendition {
    return this.#rendition
  }

  /** Wall clock of media time 0. */
  get startedAt(): EpochMillis {
    return this.#options.startedAt
  }

  /** Bits per second of the newest complete segments; undefined before there is one. */
  get bitrate(): number | undefined {
    if (this.#measured.length === 0) return undefined
    const bits = this.#measured.reduce((sum, segment) => sum + segment.bits, 0)
    const seconds = this.#measured.reduce((sum, segment) => sum + segment.seconds, 0)
    return Math.round(bits / seconds)
  }

  /** Version that the next init segment gets: names never repeat, also where this rendition is made anew. */
  get nextInitVersion(): number {
    return this.#initVersion + 1
  }

  /** Bytes handed over and not in the store yet. */
  get pendingBytes(): number {
    return this.#pendingBytes
  }

  /** Bytes that this output has put into the store. */
  get writtenBytes(): number {
    return this.#writtenBytes
  }

  /** Announces the rendition before its encoder has produced anything. */
  announce(planned: PlannedRendition): void {
    this.#rendition = planned
    this.#enqueue(() => this.#options.timeline.push({ type: 'rendition', rendition: planned }))
  }

  /** A new init segment; everything cut from now on needs it. */
  configure(rendition: PlannedRendition, init: Uint8Array): void {
    this.#rendition = rendition
    this.#initVersion += 1
    const version = this.#initVersion
    const { broadcast, epoch, store, timeline } = this.#options
    const name = initFileName(broadcast, epoch, version)
    this.#enqueue(async () => {
      await store.put(this.#key(name), init)
      timeline.push({ type: 'rendition', rendition: { ...rendition, init: { version, name } } })
    })
  }

  /** Stores what was cut. The media of its parts is given back when it is in the store. */
  cut(event: CutEvent): void {
    const { broadcast, epoch, resume, timeline } = this.#options
    if (event.type === 'skipped' || event.segment < resume.segment) return
    const name = segmentFileName(broadcast, epoch, this.#initVersion, event.segment)
    const common = { rendition: this.#rendition.id, segment: event.segment, name, init: this.#initVersion }
    const { start, duration, independent } = event
    if (event.type === 'part') {
      const { part, last, offset, size, pieces } = event
      this.#pendingBytes += size
      this.#enqueue(async () => {
        this.#writer ??= await this.#options.store.open(this.#key(name))
        const begun = performance.now()
        await this.#writer.append(pieces)
        this.#options.totals.wrotePart(size, performance.now() - begun)
        this.#pendingBytes -= size
        this.#writtenBytes += size
        for (const piece of pieces) giveBack(piece)
        const place = { start, duration, independent, offset, size }
        const written: PartEvent = { type: 'part', ...common, part, ...place }
        if (last) this.#lastPart = written
        else timeline.push(written)
      })
    } else {
      const { size } = event
      // Not when the file is closed: a new configuration may have brought another timescale by then.
      const millis = ticksToMillis(duration, this.#rendition.timescale)
      this.#measured.push({ bits: size * 8, seconds: duration / this.#rendition.timescale })
      if (this.#measured.length > MEASURED_SEGMENTS) this.#measured.shift()
      this.#enqueue(async () => {
        await this.#writer?.close()
        this.#writer = undefined
        this.#options.totals.segments += 1
        const closed: SegmentEvent = { type: 'segment', ...common, start, duration, independent, size }
        if (this.#lastPart === undefined) timeline.push(closed)
        else timeline.push(this.#lastPart, closed)
        this.#lastPart = undefined
        this.#keep(name, millis)
        this.#expire()
      })
    }
  }

  /** Takes the rendition out of the broadcast. */
  remove(reason: string): void {
    this.#enqueue(() =>
      this.#options.timeline.push({ type: 'rendition-removed', rendition: this.#rendition.id, reason }),
    )
  }

  /** Resolves when everything handed over so far is stored and pushed to the timeline. */
  settled(): Promise<void> {
    return this.#tail
  }

  /**
   * Gives up a segment in progress: the job was told to stop, or failed.
   *
   * @throws {DependencyError} `store.…` when its file cannot be closed.
   */
  async abandon(): Promise<void> {
    this.#broken = true
    await this.#tail
    await this.#writer?.close()
  }

  #enqueue(step: () => void | Promise<void>): void {
    this.#tail = this.#tail.then(async () => {
      if (this.#broken) return
      try {
        await step()
      } catch (error) {
        this.#broken = true
        this.#options.failed(error)
      }
    })
  }

  #keep(name: string, millis: number): void {
    this.#made += millis
    this.#stored.push({ key: this.#key(name), made: this.#made })
  }

  #expire(): void {
    for (let oldest = this.#stored[0]; oldest !== undefined; oldest = this.#stored[0]) {
      if (oldest.made >= this.#made - this.#options.keepMillis) return
      this.#stored.shift()
      const { key } = oldest
      this.#enqueue(() => this.#options.store.remove(key))
    }
  }

  #key(name: string): string {
    return `${this.#options.stream}/${this.#rendition.id}/${name}`
  }
}
