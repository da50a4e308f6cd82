import { type ByteReader, ProtocolError, UnsupportedError } from '@sluice/core'
import type { ReadingCost } from '../reading-cost.ts'
import { References } from '../references.ts'
import { readText } from '../text.ts'
import {
  AmfDate,
  AmfDictionary,
  AmfEcmaArray,
  type AmfMap,
  AmfNumberVector,
  AmfObject,
  AmfObjectVector,
  type AmfValue,
  AmfXml,
} from '../value.ts'
import { Marker } from './marker.ts'
import { readU29 } from './u29.ts'

/** What instances of a class have in common: sent once, then referred to. */
interface Traits {
  /** Empty for an anonymous object. */
  readonly className: string
  /** Names of the properties that every instance has, in the order of their values. */
  readonly names: readonly string[]
  /** True where more properties may follow, each with its name. */
  readonly isDynamic: boolean
  /** True where the class writes its instances itself, in a form that only it knows. */
  readonly isExternalizable: boolean
}

/** Classes of Flex that write themselves as one value: the array or the object that they wrap. */
const WRAPPERS: ReadonlySet<string> = new Set([
  'flex.messaging.io.ArrayCollection',
  'flex.messaging.io.ArrayList',
  'flex.messaging.io.ObjectProxy',
])

class Amf3Reader {
  readonly #bytes: ByteReader
  readonly #cost: ReadingCost
  readonly #objects: References
  readonly #strings: string[] = []
  readonly #traits: Traits[] = []

  constructor(bytes: ByteReader, cost: ReadingCost) {
    this.#bytes = bytes
    this.#cost = cost
    this.#objects = new References({ name: 'amf3', spec: 'AMF3 §2.2' }, cost)
  }

  value(): AmfValue {
    this.#cost.count(1)
    const marker = this.#bytes.u8()
    switch (marker) {
      case Marker.undefined:
        return undefined
      case Marker.null:
        return null
      case Marker.false:
        return false
      case Marker.true:
        return true
      case Marker.integer:
        // 29 bits, two's complement.
        return (readU29(this.#bytes) << 3) >> 3
      case Marker.double:
        return this.#bytes.f64be()
      case Marker.string:
        return this.#string()
      case Marker.xmlDocument:
      case Marker.xml:
        return this.#leaf((length) => new AmfXml(readText(this.#bytes, length, this.#cost)))
      case Marker.date:
        return this.#leaf(() => new AmfDate(this.#bytes.f64be()))
      case Marker.byteArray:
        return this.#leaf((length) => this.#byteArray(length))
      case Marker.intVector:
        return this.#leaf((count) => this.#numberVector('int', count))
      case Marker.uintVector:
        return this.#leaf((count) => this.#numberVector('uint', count))
      case Marker.doubleVector:
        return this.#leaf((count) => this.#numberVector('double', count))
      case Marker.array:
        return this.#container((count) => this.#array(count))
      case Marker.object:
        return this.#container((header) => this.#object(header))
      case Marker.objectVector:
        return this.#container((count) => this.#objectVector(count))
      case Marker.dictionary:
        return this.#container((count) => this.#dictionary(count))
      default:
        throw new ProtocolError('amf.amf3.bad_marker', `${marker} is no AMF3 type marker`, {
          details: { marker, offset: this.#bytes.offset - 1 },
          spec: 'AMF3 §3.1',
        })
    }
  }

  /** A value that is a reference, or begins with a number, given to `read`, and holds no others. */
  #leaf(read: (header: number) => AmfValue): AmfValue {
    const header = readU29(this.#bytes)
    if ((header & 1) === 0) return this.#objects.resolve(header >>> 1)
    return this.#objects.leaf(read(header >>> 1))
  }

  /** The same with others inside. */
  #container(read: (header: number) => AmfValue): AmfValue {
    const header = readU29(this.#bytes)
    if ((header & 1) === 0) return this.#objects.resolve(header >>> 1)
    return this.#objects.container(() => read(header >>> 1))
  }

  #string(): string {
    const header = readU29(this.#bytes)
    if ((header & 1) === 0) {
      const repeated = entry(this.#strings, header >>> 1, 'strings')
      this.#cost.countText(repeated.length)
      return repeated
    }
    const text = readText(this.#bytes, header >>> 1, this.#cost)
    // The empty string is never referred to.
    if (text !== '') this.#strings.push(text)
    return text
  }

  #byteArray(length: number): Uint8Array {
    this.#cost.countText(length)
    return new Uint8Array(this.#bytes.bytes(length))
  }

  #numberVector(elementType: AmfNumberVector['elementType'], count: number): AmfNumberVector {
    this.#cost.count(count)
    const isFixed = this.#bytes.u8() !== 0
    const elements: number[] = []
    for (let i = 0; i < count; i++) {
      if (elementType === 'int') elements.push(this.#bytes.i32be())
      else if (elementType === 'uint') elements.push(this.#bytes.u32be())
      else elements.push(this.#bytes.f64be())
    }
    return new AmfNumberVector(elementType, elements, isFixed)
  }

  #objectVector(count: number): AmfObjectVector {
    const isFixed = this.#bytes.u8() !== 0
    const className = this.#string()
    return new AmfObjectVector(className, this.#elements(count), isFixed)
  }

  #dictionary(count: number): AmfDictionary {
    const dictionary = new AmfDictionary([], this.#bytes.u8() !== 0)
    for (let i = 0; i < count; i++) dictionary.set(this.value(), this.value())
    return dictionary
  }

  /** Named elements, then numbered ones: a plain array where there are no names. */
  #array(count: number): AmfValue[] | AmfEcmaArray {
    const map = new AmfEcmaArray()
    this.#properties(map)
    if (map.size === 0) return this.#elements(count)
    for (let i = 0; i < count; i++) map.set(String(i), this.value())
    return map
  }

  /** No memory is reserved for the count: elements come one by one, each against the value limit. */
  #elements(count: number): AmfValue[] {
    const elements: AmfValue[] = []
    for (let i = 0; i < count; i++) elements.push(this.value())
    return elements
  }

  #properties(map: AmfMap): void {
    for (let name = this.#string(); name !== ''; name = this.#string()) map.set(name, this.value())
  }

  #object(header: number): AmfValue {
    const { className, names, isDynamic, isExternalizable } = this.#readTraits(header)
    if (isExternalizable) {
      if (WRAPPERS.has(className)) return this.value()
      throw new UnsupportedError(
        'amf.amf3.externalizable',
        `only the class ${JSON.stringify(className.slice(0, 64))} knows how its objects are written`,
        { spec: 'AMF3 §3.12' },
      )
    }
    // Traits are sent once; each object that has them repeats their names.
    this.#cost.countText(className.length)
    const object = new AmfObject([], className === '' ? undefined : className)
    for (const name of names) {
      this.#cost.countText(name.length)
      object.set(name, this.value())
    }
    if (isDynamic) this.#properties(object)
    return object
  }

  /** @param header - bit 0: the traits follow; bits 1 and 2: externalizable, dynamic; above: the number of names. */
  #readTraits(header: number): Traits {
    if ((header & 1) === 0) return entry(this.#traits, header >>> 1, 'traits')
    const isExternalizable = (header & 2) !== 0
    const isDynamic = (header & 4) !== 0
    const count = isExternalizable ? 0 : header >>> 3
    const className = this.#string()
    // A value comes for each name, so the names are bounded as the values are.
    this.#cost.expect(count)
    const names: string[] = []
    for (let i = 0; i < count; i++) names.push(this.#string())
    const traits = { className, names, isDynamic, isExternalizable }
    this.#traits.push(traits)
    return traits
  }
}

/** What a reference into a table of strings or traits names. */
function entry<Entry>(table: readonly Entry[], index: number, what: string): Entry {
  const found = table[index]
  if (found === undefined) {
    throw new ProtocolError(
      'amf.amf3.bad_reference',
      `reference ${index}, but ${table.length} ${what} so far`,
      {
        details: { index, entries: table.length },
        spec: 'AMF3 §2.2',
      },
    )
  }
  return found
}

/**
 * Reads one AMF3 value. Its references name strings, objects and traits within it alone. Integers, of 29 bits, and
 * doubles are both numbers; an array with named elements is an ECMA array whose numbered ones have the keys `0`, `1`
 * and so on; a Flex `ArrayCollection`, `ArrayList` or `ObjectProxy` is what it wraps.
 *
 * @param bytes - at the value's marker; afterwards behind the value.
 * @throws {ProtocolError} `core.bytes.truncated`, `amf.amf3.bad_marker`, `amf.amf3.bad_reference`, and for the
 * limits `amf.too_deep`, `amf.too_many_values`, `amf.string_too_long`.
 * @throws {UnsupportedError} `amf.amf3.cyclic_reference`, `amf.amf3.externalizable`.
 * @see AMF3 §3
 */
export function readAmf3(bytes: ByteReader, cost: ReadingCost): AmfValue {
  return new Amf3Reader(bytes, cost).value()
}
