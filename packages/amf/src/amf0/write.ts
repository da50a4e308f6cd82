import { ByteWriter } from '@sluice/core'
import { writeAmf3 } from '../amf3/write.ts'
import { encodeText } from '../text.ts'
import { MAX_WRITTEN_DEPTH, unwritable } from '../unwritable.ts'
import { AmfDate, AmfEcmaArray, AmfObject, type AmfValue, AmfXml, isAmf3Only } from '../value.ts'
import { Marker } from './marker.ts'

const MAX_SHORT_STRING = 0xffff
const MAX_REFERENCE = 0xffff

class Amf0Writer {
  readonly bytes = new ByteWriter()
  readonly #referables = new Map<object, number>()
  #depth = 0

  value(value: AmfValue): void {
    if (value === null) this.bytes.u8(Marker.null)
    else if (value === undefined) this.bytes.u8(Marker.undefined)
    else if (typeof value === 'number') this.bytes.u8(Marker.number).f64be(value)
    else if (typeof value === 'boolean') this.bytes.u8(Marker.boolean).u8(value ? 1 : 0)
    else if (typeof value === 'string') this.#string(value)
    else if (value instanceof AmfDate) {
      this.bytes.u8(Marker.date).f64be(value.epochMillis).i16be(value.zone)
    } else if (value instanceof AmfXml) {
      const text = encodeText(value.text)
      this.bytes.u8(Marker.xmlDocument).u32be(text.length).bytes(text)
    } else if (isAmf3Only(value)) {
      this.bytes.u8(Marker.avmPlus)
      writeAmf3(this.bytes, value)
    } else this.#container(value)
  }

  #string(value: string): void {
    const text = encodeText(value)
    if (text.length <= MAX_SHORT_STRING) this.bytes.u8(Marker.string).u16be(text.length)
    else this.bytes.u8(Marker.longString).u32be(text.length)
    this.bytes.bytes(text)
  }

  #container(value: AmfObject | AmfEcmaArray | readonly AmfValue[]): void {
    const index = this.#referables.get(value)
    if (index !== undefined && index <= MAX_REFERENCE) {
      this.bytes.u8(Marker.reference).u16be(index)
      return
    }
    this.#referables.set(value, this.#referables.size)
    this.#depth += 1
    if (this.#depth > MAX_WRITTEN_DEPTH) throw unwritable(`a value nested deeper than ${MAX_WRITTEN_DEPTH}`)
    if (value instanceof AmfObject) {
      if (value.className === undefined) this.bytes.u8(Marker.object)
      else {
        this.bytes.u8(Marker.typedObject)
        this.#shortString(value.className)
      }
      this.#properties(value)
    } else if (value instanceof AmfEcmaArray) {
      this.bytes.u8(Marker.ecmaArray).u32be(value.size)
      this.#properties(value)
    } else {
      this.bytes.u8(Marker.strictArray).u32be(value.length)
      for (const element of value) this.value(element)
    }
    this.#depth -= 1
  }

  #properties(map: ReadonlyMap<string, AmfValue>): void {
    for (const [key, value] of map) {
      this.#shortString(key)
      this.value(value)
    }
    this.bytes.u16be(0).u8(Marker.objectEnd)
  }

  #shortString(value: string): void {
    const text = encodeText(value)
    if (text.length > MAX_SHORT_STRING) {
      throw unwritable(`a name of ${text.length} bytes, AMF0 holds ${MAX_SHORT_STRING}`)
    }
    this.bytes.u16be(text.length).bytes(text)
  }
}

/**
 * Writes values as AMF0, one after the other. Strings of more than 65 535 bytes become long strings; an object
 * or array that occurs twice (the same JavaScript object) becomes a reference the second time. Byte arrays,
 * vectors and dictionaries, for which AMF0 has no type, become AMF3 values behind the marker 0x11.
 *
 * @throws {StateError} `amf.unwritable`: a property or class name of more than 65 535 bytes, half a surrogate
 * pair, nesting deeper than 256, an empty key of an ECMA array within AMF3; `core.bytes.out_of_range`: a time zone
 * outside 16 bits, an element that its vector cannot hold.
 * @see AMF0 §2, §3.1
 */
export function writeAmf0(values: readonly AmfValue[]): Uint8Array {
  const writer = new Amf0Writer()
  for (const value of values) writer.value(value)
  return writer.bytes.finish()
}
