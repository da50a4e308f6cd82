import type { CutEvent } from '@sluice/cmaf'
import { type Ticks, ticksToMillis } from '@sluice/core'
import { initFileName, type Rendition, segmentFileName } from '@sluice/manifest'
import type { SegmentStore, SegmentWriter } from '@sluice/store'
import type { TimelineAppender } from './timeline-appender.ts'

export interface RenditionOutputOptions {
  readonly store: SegmentStore
  readonly timeline: TimelineAppender
  readonly stream: string
  readonly broadcast: string
  readonly epoch: number
  /** Media behind the newest segment that stays in the store, in milliseconds. */
  readonly keepMillis: number
  /** Where an earlier worker of this broadcast left off. */
  readonly resume: ResumePoint
  /** The store failed: the job cannot go on. */
  readonly failed: (error: unknown) => void
}

/** What an earlier epoch already put into the timeline for one rendition. */
export interface ResumePoint {
  /** Segments below this number are complete and are not made again. */
  readonly segment: number
  /** Version for the next init segment. */
  readonly initVersion: number
}

/** Segments that a bit rate is measured over: one of a few frames is nearly all keyframe, and says little. */
const MEASURED_SEGMENTS = 3

/** A broadcast's first worker begins here. */
export const FROM_THE_START: ResumePoint = { segment: 0, initVersion: 0 }

/** A rendition before its init segment exists. */
export type PlannedRendition = Rendition & { readonly init: undefined }

interface StoredSegment {
  readonly key: string
  readonly end: number
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
  #stored: StoredSegment[] = []
  #pendingBytes = 0
  #broken = false
  /** Bits and seconds of the newest complete segments. */
  readonly #measured: { readonly bits: number; readonly seconds: number }[] = []

  constructor(planned: PlannedRendition, options: RenditionOutputOptions) {
    this.#rendition = planned
    this.#options = options
    this.#initVersion = options.resume.initVersion - 1
  }

  get rendition(): PlannedRendition {
    return this.#rendition
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

  cut(event: CutEvent): void {
    const { broadcast, epoch, resume, timeline } = this.#options
    if (event.type === 'skipped' || event.segment < resume.segment) return
    const name = segmentFileName(broadcast, epoch, event.segment)
    const common = { rendition: this.#rendition.id, segment: event.segment, name, init: this.#initVersion }
    const { start, duration, independent } = event
    if (event.type === 'part') {
      const { part, offset, size, pieces } = event
      this.#pendingBytes += size
      this.#enqueue(async () => {
        this.#writer ??= await this.#options.store.open(this.#key(name))
        await this.#writer.append(pieces)
        this.#pendingBytes -= size
        timeline.push({ type: 'part', ...common, part, start, duration, independent, offset, size })
      })
    } else {
      const { size } = event
      // Not when the file is closed: a new configuration may have brought another timescale by then.
      const end = ticksToMillis((start + duration) as Ticks, this.#rendition.timescale)
      this.#measured.push({ bits: size * 8, seconds: duration / this.#rendition.timescale })
      if (this.#measured.length > MEASURED_SEGMENTS) this.#measured.shift()
      this.#enqueue(async () => {
        await this.#writer?.close()
        this.#writer = undefined
        timeline.push({ type: 'segment', ...common, start, duration, independent, size })
        this.#expire({ key: this.#key(name), end })
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

  #expire(segment: StoredSegment): void {
    this.#stored.push(segment)
    for (let oldest = this.#stored[0]; oldest !== undefined; oldest = this.#stored[0]) {
      if (oldest.end >= segment.end - this.#options.keepMillis) return
      this.#stored.shift()
      const { key } = oldest
      this.#enqueue(() => this.#options.store.remove(key))
    }
  }

  #key(name: string): string {
    return `${this.#options.stream}/${this.#rendition.id}/${name}`
  }
}
