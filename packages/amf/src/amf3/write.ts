import type { ByteWriter } from '@sluice/core'
import { encodeText } from '../text.ts'
import { MAX_WRITTEN_DEPTH, unwritable } from '../unwritable.ts'
import {
  AmfDate,
  AmfDictionary,
  AmfEcmaArray,
  AmfNumberVector,
  AmfObject,
  AmfObjectVector,
  type AmfValue,
  AmfXml,
} from '../value.ts'
import { Marker } from './marker.ts'
import { MAX_U29, writeU29 } from './u29.ts'

/** Integers have 29 bits, two's complement. */
const MAX_INTEGER = 0x0fffffff
/** An object's header: its traits follow, here. */
const TRAITS_FOLLOW = 0b0011
const DYNAMIC = 0b1000
const NAME_COUNT_SHIFT = 4

const VECTOR_MARKER = {
  int: Marker.intVector,
  uint: Marker.uintVector,
  double: Marker.doubleVector,
} as const

/** Every value but the simple ones: each may be referred to. */
type Referable = Exclude<AmfValue, number | boolean | string | null | undefined>

class Amf3Writer {
  readonly #bytes: ByteWriter
  readonly #strings = new Map<string, number>()
  readonly #objects = new Map<object, number>()
  #depth = 0

  constructor(bytes: ByteWriter) {
    this.#bytes = bytes
  }

  value(value: AmfValue): void {
    if (value === undefined) this.#bytes.u8(Marker.undefined)
    else if (value === null) this.#bytes.u8(Marker.null)
    else if (typeof value === 'boolean') this.#bytes.u8(value ? Marker.true : Marker.false)
    else if (typeof value === 'number') this.#number(value)
    else if (typeof value === 'string') {
      this.#bytes.u8(Marker.string)
      this.#string(value)
    } else this.#referable(value)
  }

  #number(value: number): void {
    // −0 is a double: an integer has no sign of its own.
    const isInteger = (value | 0) === value && !Object.is(value, -0)
    if (isInteger && value >= -MAX_INTEGER - 1 && value <= MAX_INTEGER) {
      this.#bytes.u8(Marker.integer)
      writeU29(this.#bytes, value & MAX_U29)
    } else this.#bytes.u8(Marker.double).f64be(value)
  }

  #string(text: string): void {
    const index = this.#strings.get(text)
    if (index !== undefined) {
      writeU29(this.#bytes, index << 1)
      return
    }
    const encoded = encodeText(text)
    // The empty string is never referred to.
    if (text !== '') this.#strings.set(text, this.#strings.size)
    this.#inline(encoded.length)
    this.#bytes.bytes(encoded)
  }

  /** A length or count in place of a reference. */
  #inline(count: number): void {
    writeU29(this.#bytes, count * 2 + 1)
  }

  #referable(value: Referable): void {
    const index = this.#objects.get(value)
    if (index !== undefined) {
      this.#bytes.u8(markerOf(value))
      writeU29(this.#bytes, index << 1)
      return
    }
    this.#objects.set(value, this.#objects.size)
    this.#depth += 1
    if (this.#depth > MAX_WRITTEN_DEPTH) throw unwritable(`a value nested deeper than ${MAX_WRITTEN_DEPTH}`)
    this.#bytes.u8(markerOf(value))
    if (value instanceof AmfDate) {
      this.#inline(0)
      this.#bytes.f64be(value.epochMillis)
    } else if (value instanceof AmfXml) {
      const text = encodeText(value.text)
      this.#inline(text.length)
      this.#bytes.bytes(text)
    } else if (value instanceof Uint8Array) {
      this.#inline(value.length)
      this.#bytes.bytes(value)
    } else if (value instanceof AmfNumberVector) this.#numberVector(value)
    else if (value instanceof AmfObjectVector) this.#objectVector(value)
    else if (value instanceof AmfDictionary) this.#dictionary(value)
    else if (value instanceof AmfObject) this.#object(value)
    else if (value instanceof AmfEcmaArray) this.#ecmaArray(value)
    else {
      this.#inline(value.length)
      this.#string('')
      for (const element of value) this.value(element)
    }
    this.#depth -= 1
  }

  #numberVector({ elementType, elements, isFixed }: AmfNumberVector): void {
    this.#inline(elements.length)
    this.#bytes.u8(isFixed ? 1 : 0)
    for (const element of elements) {
      if (elementType === 'int') this.#bytes.i32be(element)
      else if (elementType === 'uint') this.#bytes.u32be(element)
      else this.#bytes.f64be(element)
    }
  }

  #objectVector({ className, elements, isFixed }: AmfObjectVector): void {
    this.#inline(elements.length)
    this.#bytes.u8(isFixed ? 1 : 0)
    this.#string(className)
    for (const element of elements) this.value(element)
  }

  #dictionary(dictionary: AmfDictionary): void {
    this.#inline(dictionary.size)
    this.#bytes.u8(dictionary.hasWeakKeys ? 1 : 0)
    for (const [key, value] of dictionary) {
      this.value(key)
      this.value(value)
    }
  }

  /** An anonymous object names its properties one by one; an empty name would end them, so then all come first. */
  #object(object: AmfObject): void {
    const { className = '' } = object
    if (className === '' && !object.has('')) {
      writeU29(this.#bytes, TRAITS_FOLLOW | DYNAMIC)
      this.#string('')
      this.#properties(object)
      return
    }
    writeU29(this.#bytes, (object.size << NAME_COUNT_SHIFT) | TRAITS_FOLLOW)
    this.#string(className)
    for (const name of object.keys()) this.#string(name)
    for (const value of object.values()) this.value(value)
  }

  #ecmaArray(array: AmfEcmaArray): void {
    if (array.has('')) throw unwritable('an ECMA array with an empty key has no AMF3 form')
    this.#inline(0)
    this.#properties(array)
  }

  #properties(map: ReadonlyMap<string, AmfValue>): void {
    for (const [name, value] of map) {
      this.#string(name)
      this.value(value)
    }
    this.#string('')
  }
}

function markerOf(value: Referable): number {
  if (value instanceof AmfDate) return Marker.date
  if (value instanceof AmfXml) return Marker.xmlDocument
  if (value instanceof Uint8Array) return Marker.byteArray
  if (value instanceof AmfNumberVector) return VECTOR_MARKER[value.elementType]
  if (value instanceof AmfObjectVector) return Marker.objectVector
  if (value instanceof AmfDictionary) return Marker.dictionary
  return value instanceof AmfObject ? Marker.object : Marker.array
}

/**
 * Writes one value as AMF3, without the marker 0x11 that goes before it in AMF0. Numbers that 29 bits hold become integers;
 * strings and objects that occur twice become references the second time. What AMF3 cannot tell apart reads back
 * as something simpler: an empty ECMA array as an array, an empty class name as none; a date's time zone is left out.
 *
 * @throws {StateError} `amf.unwritable`: half a surrogate pair, an empty key of an ECMA array, nesting deeper than
 * 256, a text or count beyond 28 bits; `core.bytes.out_of_range`: an element that its vector cannot hold.
 * @see AMF3 §3
 */
export function writeAmf3(bytes: ByteWriter, value: AmfValue): void {
  new Amf3Writer(bytes).value(value)
}
