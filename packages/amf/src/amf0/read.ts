import { ByteReader, ProtocolError, UnsupportedError } from '@sluice/core'
import { type AmfLimits, DEFAULT_AMF_LIMITS } from '../limits.ts'
import { AmfDate, AmfEcmaArray, type AmfMap, AmfObject, type AmfValue, AmfXml } from '../value.ts'
import { Marker } from './marker.ts'

// A byte order mark is part of the text here: dropping it would change what a relay passes on.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/** An object or array that a reference may name. */
interface Referable {
  readonly value: AmfValue
  /** Values it holds, itself included; while it is still being read, minus the count at its start. */
  values: number
}

class Amf0Reader {
  readonly #bytes: ByteReader
  readonly #limits: AmfLimits
  readonly #referables: Referable[] = []
  #depth = 0
  #values = 0

  constructor(bytes: Uint8Array, limits: AmfLimits) {
    this.#bytes = new ByteReader(bytes)
    this.#limits = limits
  }

  all(): AmfValue[] {
    const values: AmfValue[] = []
    while (this.#bytes.remaining > 0) values.push(this.#value(this.#bytes.u8()))
    return values
  }

  #value(marker: number): AmfValue {
    this.#count(1)
    switch (marker) {
      case Marker.number:
        return this.#bytes.f64be()
      case Marker.boolean:
        return this.#bytes.u8() !== 0
      case Marker.string:
        return this.#text(this.#bytes.u16be())
      case Marker.longString:
        return this.#text(this.#bytes.u32be())
      case Marker.xmlDocument:
        return new AmfXml(this.#text(this.#bytes.u32be()))
      case Marker.null:
        return null
      case Marker.undefined:
        return undefined
      case Marker.date:
        return new AmfDate(this.#bytes.f64be(), this.#bytes.i16be())
      case Marker.object:
        return this.#properties(new AmfObject())
      case Marker.typedObject:
        return this.#properties(new AmfObject([], this.#text(this.#bytes.u16be())))
      case Marker.ecmaArray:
        // The count is advice: encoders write 0 or a wrong one and end the array like an object.
        this.#bytes.skip(4)
        return this.#properties(new AmfEcmaArray())
      case Marker.strictArray:
        return this.#elements(this.#bytes.u32be())
      case Marker.reference:
        return this.#reference(this.#bytes.u16be())
      case Marker.avmPlus:
        throw new UnsupportedError('amf.amf0.avmplus', 'an AMF3 value inside AMF0 is not supported', {
          spec: 'AMF0 §3.1',
        })
      case Marker.movieClip:
      case Marker.recordSet:
      case Marker.unsupported:
        throw new UnsupportedError(
          'amf.amf0.reserved_marker',
          `AMF0 type ${marker} is reserved and has no value`,
          { details: { marker }, spec: 'AMF0 §2.1' },
        )
      default:
        throw new ProtocolError('amf.amf0.bad_marker', `${marker} is no AMF0 type marker`, {
          details: { marker, offset: this.#bytes.offset - 1 },
          spec: 'AMF0 §2.1',
        })
    }
  }

  #properties(map: AmfMap): AmfMap {
    const referable = this.#open(map)
    for (;;) {
      const key = this.#text(this.#bytes.u16be())
      const marker = this.#bytes.u8()
      // An empty key ends the object only together with the end marker; alone it is a property's name.
      if (marker === Marker.objectEnd && key === '') break
      map.set(key, this.#value(marker))
    }
    this.#close(referable)
    return map
  }

  #elements(count: number): AmfValue[] {
    const array: AmfValue[] = []
    const referable = this.#open(array)
    // No memory is reserved for the count: elements come one by one, each against the value limit.
    for (let i = 0; i < count; i++) array.push(this.#value(this.#bytes.u8()))
    this.#close(referable)
    return array
  }

  #reference(index: number): AmfValue {
    const referable = this.#referables[index]
    if (referable === undefined) {
      throw new ProtocolError(
        'amf.amf0.bad_reference',
        `reference ${index}, but ${this.#referables.length} objects so far`,
        { details: { index, objects: this.#referables.length }, spec: 'AMF0 §2.9' },
      )
    }
    if (referable.values <= 0) {
      throw new UnsupportedError('amf.amf0.cyclic_reference', `object ${index} refers to itself`, {
        details: { index },
        spec: 'AMF0 §2.9',
      })
    }
    this.#count(referable.values)
    return referable.value
  }

  #open(value: AmfValue): Referable {
    this.#depth += 1
    if (this.#depth > this.#limits.depth) {
      throw new ProtocolError('amf.too_deep', `AMF nested deeper than ${this.#limits.depth}`, {
        details: { limit: this.#limits.depth },
      })
    }
    const referable = { value, values: -this.#values }
    this.#referables.push(referable)
    return referable
  }

  #close(referable: Referable): void {
    this.#depth -= 1
    referable.values += this.#values + 1
  }

  #count(values: number): void {
    this.#values += values
    if (this.#values > this.#limits.values) {
      throw new ProtocolError('amf.too_many_values', `more than ${this.#limits.values} AMF values`, {
        details: { limit: this.#limits.values },
      })
    }
  }

  #text(length: number): string {
    if (length > this.#limits.stringBytes) {
      throw new ProtocolError(
        'amf.string_too_long',
        `an AMF string of ${length} bytes, the limit is ${this.#limits.stringBytes}`,
        { details: { length, limit: this.#limits.stringBytes } },
      )
    }
    return utf8.decode(this.#bytes.bytes(length))
  }
}

/**
 * Reads AMF0 values to the end of `bytes`. References are numbered over the whole sequence and resolve to the
 * very object they name. A key that repeats keeps its last value. Malformed UTF-8 reads as U+FFFD. The result
 * shares no memory with the input.
 *
 * @throws {ProtocolError} `core.bytes.truncated`, `amf.amf0.bad_marker`, `amf.amf0.bad_reference`, and for the
 * limits `amf.too_deep`, `amf.too_many_values`, `amf.string_too_long`.
 * @throws {UnsupportedError} `amf.amf0.avmplus`, `amf.amf0.reserved_marker`, `amf.amf0.cyclic_reference`.
 * @see AMF0 §2
 */
export function readAmf0Values(bytes: Uint8Array, limits: AmfLimits = DEFAULT_AMF_LIMITS): AmfValue[] {
  return new Amf0Reader(bytes, limits).all()
}
