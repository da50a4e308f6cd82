/** Reserved at once; more when so much has come. */
const FIRST_RESERVE = 1 << 16
const GROWTH = 4

/**
 * Gathers bytes whose number was announced before they came. Memory is reserved as they come: up to 64 KiB at once, then at most
 * four times what is there, so that a peer that announces much and sends little costs little. Small announcements are reserved whole.
 */
export class GatheredBytes {
  readonly #size: number
  #bytes: Uint8Array
  #filled = 0

  /** @param size - announced, in bytes; the caller has checked it against its limit. */
  constructor(size: number) {
    this.#size = size
    this.#bytes = new Uint8Array(Math.min(size, FIRST_RESERVE))
  }

  /** Bytes that have come. */
  get filled(): number {
    return this.#filled
  }

  /** Bytes that are still to come. */
  get missing(): number {
    return this.#size - this.#filled
  }

  /** Copies from `from`, beginning at `at`, as many bytes as are there and still missing. @returns how many. */
  add(from: Uint8Array, at: number): number {
    const count = Math.min(this.missing, from.length - at)
    const filled = this.#filled + count
    if (filled > this.#bytes.length) {
      const grown = new Uint8Array(Math.min(this.#size, Math.max(filled, this.#bytes.length * GROWTH)))
      grown.set(this.#bytes.subarray(0, this.#filled))
      this.#bytes = grown
    }
    this.#bytes.set(from.subarray(at, at + count), this.#filled)
    this.#filled = filled
    return count
  }

  /** The bytes that have come: all that were announced once none is missing. They are the caller's from then on. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#filled)
  }
}
