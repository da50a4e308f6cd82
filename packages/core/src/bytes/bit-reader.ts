import { ProtocolError } from '../errors.ts'

/** Reads bit fields, most significant bit first, with Exp-Golomb codes (ITU-T H.264 §9.1). */
export class BitReader {
  readonly #bytes: Uint8Array
  #position = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Bits not read yet. */
  get remaining(): number {
    return this.#bytes.length * 8 - this.#position
  }

  bit(): number {
    const byte = this.#bytes[this.#position >> 3]
    if (byte === undefined) {
      throw new ProtocolError(
        'core.bits.truncated',
        `a bit wanted past the end of ${this.#bytes.length} bytes`,
      )
    }
    const value = (byte >> (7 - (this.#position & 7))) & 1
    this.#position += 1
    return value
  }

  /** @param count - 0 to 32 bits. */
  bits(count: number): number {
    let value = 0
    for (let i = 0; i < count; i++) value = value * 2 + this.bit()
    return value
  }

  flag(): boolean {
    return this.bit() === 1
  }

  skip(count: number): void {
    this.#position += count
  }

  /** ue(v): unsigned Exp-Golomb. */
  ue(): number {
    let zeros = 0
    while (this.bit() === 0) {
      zeros += 1
      if (zeros > 32)
        throw new ProtocolError('core.bits.bad_exp_golomb', 'an Exp-Golomb code of more than 32 zero bits')
    }
    return 2 ** zeros - 1 + this.bits(zeros)
  }

  /** se(v): signed Exp-Golomb. */
  se(): number {
    const code = this.ue()
    // Subtracted, not negated: code 0 is 0, which -0 is not to a comparison.
    return code % 2 === 1 ? (code + 1) / 2 : 0 - code / 2
  }
}
