import { ByteReader, ProtocolError, UnsupportedError } from '@sluice/core'
import { readAmf3 } from '../amf3/read.ts'
import { type AmfLimits, DEFAULT_AMF_LIMITS } from '../limits.ts'
import { ReadingCost } from '../reading-cost.ts'
import { References } from '../references.ts'
import { readText } from '../text.ts'
import { AmfDate, AmfEcmaArray, type AmfMap, AmfObject, type AmfValue, AmfXml } from '../value.ts'
import { Marker } from './marker.ts'

class Amf0Reader {
  readonly #bytes: ByteReader
  readonly #cost: ReadingCost
  readonly #references: References

  constructor(bytes: Uint8Array, limits: AmfLimits) {
    this.#bytes = new ByteReader(bytes)
    this.#cost = new ReadingCost(limits)
    this.#references = new References({ name: 'amf0', spec: 'AMF0 §2.9' }, this.#cost)
  }

  all(): AmfValue[] {
    const values: AmfValue[] = []
    while (this.#bytes.remaining > 0) values.push(this.#value(this.#bytes.u8()))
    return values
  }

  #value(marker: number): AmfValue {
    // An AMF3 value counts itself, and the marker before it is none.
    if (marker === Marker.avmPlus) return readAmf3(this.#bytes, this.#cost)
    this.#cost.count(1)
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
        return this.#references.resolve(this.#bytes.u16be())
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
    return this.#references.container(() => {
      for (;;) {
        const key = this.#text(this.#bytes.u16be())
        const marker = this.#bytes.u8()
        // An empty key ends the object only together with the end marker; alone it is a property's name.
        if (marker === Marker.objectEnd && key === '') return map
        map.set(key, this.#value(marker))
      }
    })
  }

  #elements(count: number): AmfValue[] {
    return this.#references.container(() => {
      const array: AmfValue[] = []
      // No memory is reserved for the count: elements come one by one, each against the value limit.
      for (let i = 0; i < count; i++) array.push(this.#value(this.#bytes.u8()))
      return array
    })
  }

  #text(length: number): string {
    return readText(this.#bytes, length, this.#cost)
  }
}

/**
 * Reads AMF0 values to the end of `bytes`, and the AMF3 values that the marker 0x11 announces among them or inside
 * of them. References of AMF0 are numbered over the whole sequence, those of AMF3 within their value; they
 * resolve to the very object they name. A key that repeats keeps its last value. Malformed UTF-8 reads as U+FFFD.
 * The result shares no memory with the input.
 *
 * @throws {ProtocolError} `core.bytes.truncated`; `bad_marker` and `bad_reference` under `amf.amf0.` and
 * `amf.amf3.`; for the limits `amf.too_deep`, `amf.too_many_values`, `amf.string_too_long`.
 * @throws {UnsupportedError} `amf.amf0.reserved_marker`, `amf.amf0.cyclic_reference`, `amf.amf3.cyclic_reference`,
 * `amf.amf3.externalizable`.
 * @see AMF0 §2, §3.1
 */
export function readAmf0Values(bytes: Uint8Array, limits: AmfLimits = DEFAULT_AMF_LIMITS): AmfValue[] {
  return new Amf0Reader(bytes, limits).all()
}
