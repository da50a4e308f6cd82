import { StateError } from '@sluice/core'

/** Writes bit fields, most significant bit first. Refuses values their field cannot hold. */
export class BitWriter {
  readonly #bytes: number[] = []
  #bits = 0

  /**
   * @param value - an unsigned integer that fits `count` bits.
   * @param count - 0 to 32.
   * @throws {StateError} `media.bits.out_of_range`.
   */
  bits(value: number, count: number): this {
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** count) {
      throw new StateError('media.bits.out_of_range', `${value} does not fit a field of ${count} bits`)
    }
    for (let i = count - 1; i >= 0; i--) this.#bit(Math.floor(value / 2 ** i) % 2)
    return this
  }

  flag(value: boolean): this {
    this.#bit(value ? 1 : 0)
    return this
  }

  #bit(value: number): void {
    if (this.#bits % 8 === 0) this.#bytes.push(0)
    const last = this.#bytes.length - 1
    this.#bytes[last] = (this.#bytes[last] ?? 0) | (value << (7 - (this.#bits % 8)))
    this.#bits += 1
  }

  /** What was written, as a new array; the last byte is filled up with zero bits. */
  finish(): Uint8Array {
    return Uint8Array.from(this.#bytes)
  }
}
