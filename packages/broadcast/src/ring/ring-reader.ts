import type { StreamEntry } from '../entry.ts'
import { belongsBehind, type Ring, type RingCursor, type RingStart } from './ring.ts'

/**
 * Reads a ring from a boundary on, at its own pace. First come the tracks in force, then the boundary, then
 * the sound and data that arrived before the mark but belong behind it, then everything that follows. What it has not
 * `finished` with is held for it, unless it only looks on: then it takes what the ring has for others.
 */
export class RingReader implements RingCursor {
  readonly #ring: Ring
  readonly #start: RingStart
  readonly #detach: () => void
  #opening: StreamEntry[]
  #position: number
  #needs: number

  /** @param isHolding - whether the ring holds for it what it has not finished with. Default true. */
  constructor(ring: Ring, start: RingStart, isHolding = true) {
    this.#ring = ring
    this.#start = start
    const { tracks, further, boundary } = start
    this.#opening = [tracks, ...(further === undefined ? [] : [further]), { type: 'boundary', boundary }]
    this.#position = start.position
    this.#needs = start.position
    this.#detach = isHolding ? ring.attach(this) : () => undefined
  }

  /** Position of the next entry. */
  get position(): number {
    return this.#position
  }

  get needs(): number {
    return this.#needs
  }

  /** True once an entry that was not read yet has left the ring: the reader was too slow and cannot go on. */
  get lost(): boolean {
    return !this.#ring.holds(this.#position)
  }

  /** The next entry, or undefined when there is none yet (or the reader is `lost`). */
  next(): StreamEntry | undefined {
    const opening = this.#opening.shift()
    if (opening !== undefined) return opening
    if (this.lost) return undefined
    while (this.#position <= this.#start.mark) {
      const entry = this.#ring.at(this.#position)
      this.#position += 1
      if (entry !== undefined && belongsBehind(entry, this.#start.boundary.time)) return entry
    }
    const entry = this.#ring.at(this.#position)
    if (entry !== undefined) this.#position += 1
    return entry
  }

  /** What was read so far is needed no more: whatever is kept of it was copied. */
  finished(): void {
    this.#needs = this.#position
  }

  /** Reads no more: the ring need not hold anything for this reader. */
  close(): void {
    this.#detach()
  }
}
