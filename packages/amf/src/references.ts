import { ProtocolError, UnsupportedError } from '@sluice/core'
import type { ReadingCost } from './reading-cost.ts'
import type { AmfValue } from './value.ts'

/** Something a reference may name. */
interface Referable {
  value: AmfValue
  /** Values in it, itself included; 0 while it is still being read. */
  values: number
}

/** The format of a reference table: prefix of its error codes, and section of its specification. */
interface Format {
  readonly name: 'amf0' | 'amf3'
  readonly spec: string
}

/** The objects read so far, in the order in which they begin: what a reference by number names. */
export class References {
  readonly #format: Format
  readonly #cost: ReadingCost
  readonly #referables: Referable[] = []

  constructor(format: Format, cost: ReadingCost) {
    this.#format = format
    this.#cost = cost
  }

  /**
   * Reads a container, which has its number before anything inside of it.
   *
   * @param read - reads what is in the container and makes it.
   * @throws {ProtocolError} `amf.too_deep`; whatever `read` throws.
   */
  container<Value extends AmfValue>(read: () => Value): Value {
    const referable: Referable = { value: undefined, values: 0 }
    this.#referables.push(referable)
    const before = this.#cost.values
    this.#cost.enter()
    const value = read()
    this.#cost.leave()
    referable.value = value
    referable.values = this.#cost.values - before + 1
    return value
  }

  /** Numbers a value with no others in it. */
  leaf<Value extends AmfValue>(value: Value): Value {
    this.#referables.push({ value, values: 1 })
    return value
  }

  /**
   * @returns the very object that a reference names.
   * @throws {ProtocolError} `amf.amf0.bad_reference` or `amf.amf3.bad_reference`: there is none; `amf.too_many_values`.
   * @throws {UnsupportedError} `amf.amf0.cyclic_reference` or `amf.amf3.cyclic_reference`: it holds the reference.
   */
  resolve(index: number): AmfValue {
    const { name, spec } = this.#format
    const referable = this.#referables[index]
    if (referable === undefined) {
      const objects = this.#referables.length
      throw new ProtocolError(
        `amf.${name}.bad_reference`,
        `reference ${index}, but ${objects} objects so far`,
        {
          details: { index, objects },
          spec,
        },
      )
    }
    if (referable.values === 0) {
      throw new UnsupportedError(`amf.${name}.cyclic_reference`, `object ${index} refers to itself`, {
        details: { index },
        spec,
      })
    }
    // The reference itself has been counted as one.
    this.#cost.count(referable.values - 1)
    return referable.value
  }
}
