import { performance } from 'node:perf_hooks'
import { Readable } from 'node:stream'
import type { PartFile } from '@sluice/manifest'

/** Reads a part; undefined when the store does not have all of it. */
export type ReadPart = (part: PartFile) => Promise<Uint8Array | undefined>

interface AddedPart {
  readonly file: PartFile
  /** By the monotonic clock. */
  readonly addedAt: number
}

/**
 * A segment in the making, read by any number of viewers at once: each gets the parts there are and then every further one
 * as it is announced. Parts come from where all viewers' media come from; what a viewer has not taken is kept for nobody.
 */
export class OpenSegment {
  readonly name: string
  readonly #readPart: ReadPart
  readonly #slowMillis: number
  readonly #parts: AddedPart[] = []
  readonly #readers = new Set<OpenSegmentReader>()
  #state: 'open' | 'complete' | 'abandoned' = 'open'
  #size = 0

  /** @param slowMillis - a viewer who is this far behind the parts that there are is dropped. */
  constructor(name: string, readPart: ReadPart, slowMillis: number) {
    this.name = name
    this.#readPart = readPart
    this.#slowMillis = slowMillis
  }

  /** Bytes of the parts so far. */
  get size(): number {
    return this.#size
  }

  /** True when nothing will be added: all is there, or it will never be. */
  get over(): boolean {
    return this.#state !== 'open'
  }

  /** True when the segment will never be complete. */
  get abandoned(): boolean {
    return this.#state === 'abandoned'
  }

  /** How many are reading it. */
  get readers(): number {
    return this.#readers.size
  }

  /** The next part was announced. */
  add(file: PartFile): void {
    this.#parts.push({ file, addedAt: performance.now() })
    this.#size += file.size
    this.#dropSlow()
    for (const reader of this.#readers) reader.wake()
  }

  /** All parts were announced. Who has not taken them in a while is dropped. */
  complete(): void {
    this.#end('complete')
    if (this.#readers.size === 0) return
    setTimeout(() => {
      for (const reader of this.#readers) reader.destroy()
    }, this.#slowMillis).unref()
  }

  /** The segment will never be complete: what was begun must not look like the whole of it, and breaks off. */
  abandon(): void {
    this.#end('abandoned')
  }

  /**
   * The segment's bytes from the first on, ending with the segment. The stream is destroyed, without an error and without an
   * end, when the segment is abandoned, a part cannot be read, or the viewer is too slow.
   */
  reader(): OpenSegmentReader {
    const reader = new OpenSegmentReader(this, () => this.#readers.delete(reader))
    this.#readers.add(reader)
    return reader
  }

  /** The bytes of a part by its number; undefined where there is no such part yet, or the store has lost it. */
  read(part: number): Promise<Uint8Array | undefined> | undefined {
    const added = this.#parts[part]
    return added && this.#readPart(added.file)
  }

  #end(state: 'complete' | 'abandoned'): void {
    if (this.over) return
    this.#state = state
    for (const reader of this.#readers) reader.wake()
  }

  #dropSlow(): void {
    const slowSince = performance.now() - this.#slowMillis
    for (const reader of this.#readers) {
      const waiting = this.#parts[reader.taken]
      if (waiting !== undefined && Math.max(waiting.addedAt, reader.since) < slowSince) reader.destroy()
    }
  }
}

/** One viewer's view of an {@link OpenSegment}. */
export class OpenSegmentReader extends Readable {
  /** When it began, by the monotonic clock. */
  readonly since: number = performance.now()
  readonly #segment: OpenSegment
  readonly #left: () => void
  #taken = 0
  #wanted = false
  #reading = false

  constructor(segment: OpenSegment, left: () => void) {
    // A part is taken when the one before it has gone to the socket: nothing piles up for a viewer.
    super({ highWaterMark: 1 })
    this.#segment = segment
    this.#left = left
  }

  /** How many parts it has taken. */
  get taken(): number {
    return this.#taken
  }

  /** The segment has changed. */
  wake(): void {
    if (this.#segment.abandoned) this.destroy()
    else this.#pump()
  }

  override _read(): void {
    this.#wanted = true
    this.#pump()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#left()
    callback(error)
  }

  #pump(): void {
    if (!this.#wanted || this.#reading || this.destroyed) return
    const reading = this.#segment.read(this.#taken)
    if (reading === undefined) {
      if (this.#segment.over) this.push(null)
      return
    }
    this.#reading = true
    reading.then(
      (bytes) => this.#give(bytes),
      () => this.destroy(),
    )
  }

  #give(bytes: Uint8Array | undefined): void {
    this.#reading = false
    if (bytes === undefined) {
      this.destroy()
      return
    }
    this.#taken += 1
    this.#wanted = false
    this.push(bytes)
  }
}
