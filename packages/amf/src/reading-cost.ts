import { ProtocolError } from '@sluice/core'
import type { AmfLimits } from './limits.ts'

/** Characters or bytes that count as a value. */
const TEXT_UNIT = 1024

/** What reading one sequence of values has cost so far. AMF0 and the AMF3 values inside it share one. */
export class ReadingCost {
  readonly #limits: AmfLimits
  #depth = 0
  #values = 0

  constructor(limits: AmfLimits) {
    this.#limits = limits
  }

  /** Values counted so far. */
  get values(): number {
    return this.#values
  }

  /** Counts values. @throws {ProtocolError} `amf.too_many_values`. */
  count(values: number): void {
    this.expect(values)
    this.#values += values
  }

  /**
   * Checks a count read from a peer before anything is kept for it; nothing is counted yet.
   *
   * @throws {ProtocolError} `amf.too_many_values`.
   */
  expect(values: number): void {
    const limit = this.#limits.values
    if (this.#values + values <= limit) return
    throw new ProtocolError(
      'amf.too_many_values',
      `${this.#values + values} AMF values, the limit is ${limit}`,
      {
        details: { values: this.#values + values, limit },
      },
    )
  }

  /** A container begins. @throws {ProtocolError} `amf.too_deep`. */
  enter(): void {
    this.#depth += 1
    if (this.#depth <= this.#limits.depth) return
    throw new ProtocolError('amf.too_deep', `AMF nested deeper than ${this.#limits.depth}`, {
      details: { limit: this.#limits.depth },
    })
  }

  /** The container entered last ends. */
  leave(): void {
    this.#depth -= 1
  }

  /**
   * Counts a text or byte array, one value for each full KiB: what references repeat of it is bounded too.
   *
   * @param length - bytes where it is read, characters where a reference repeats it.
   * @throws {ProtocolError} `amf.string_too_long`, `amf.too_many_values`.
   */
  countText(length: number): void {
    const limit = this.#limits.stringBytes
    if (length > limit) {
      throw new ProtocolError(
        'amf.string_too_long',
        `an AMF string of ${length} bytes, the limit is ${limit}`,
        {
          details: { length, limit },
        },
      )
    }
    this.count(Math.floor(length / TEXT_UNIT))
  }
}
