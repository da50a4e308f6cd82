/**
 * An AMF object: properties in wire order, keyed by any string. It is a `Map`, so that keys a peer chooses
 * (`__proto__`, `constructor`) are only keys.
 */
export class AmfObject extends Map<string, AmfValue> {
  readonly kind = 'object'
  /** The class name of a typed object, undefined for an anonymous one. */
  readonly className: string | undefined

  constructor(properties?: Iterable<readonly [string, AmfValue]>, className?: string) {
    super(properties)
    this.className = className
  }

  /** An anonymous object from a literal written in our own code. */
  static of(properties: Readonly<Record<string, AmfValue>>): AmfObject {
    return new AmfObject(Object.entries(properties))
  }
}

/** An AMF associative array: what `onMetaData` carries. Differs from an object only on the wire. */
export class AmfEcmaArray extends Map<string, AmfValue> {
  readonly kind = 'ecma-array'

  /** An associative array from a literal written in our own code. */
  static of(properties: Readonly<Record<string, AmfValue>>): AmfEcmaArray {
    return new AmfEcmaArray(Object.entries(properties))
  }
}

/** Either kind of keyed value. */
export type AmfMap = AmfObject | AmfEcmaArray

/** A point in time. */
export class AmfDate {
  readonly kind = 'date'
  /** Milliseconds since the Unix epoch, UTC; any double the peer wrote, NaN included. */
  readonly epochMillis: number
  /** Time zone in minutes, −32768 to 32767: reserved, to be ignored. AMF0 keeps it, AMF3 has none. */
  readonly zone: number

  constructor(epochMillis: number, zone = 0) {
    this.epochMillis = epochMillis
    this.zone = zone
  }
}

/** An XML document, as text that nobody has parsed. AMF3's two kinds of XML are one here. */
export class AmfXml {
  readonly kind = 'xml'
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** A vector of numbers, which only AMF3 has. */
export class AmfNumberVector {
  readonly kind = 'number-vector'
  /** 32 bits with a sign, 32 bits without, or doubles. */
  readonly elementType: 'int' | 'uint' | 'double'
  readonly elements: readonly number[]
  /** True where its length may not change. */
  readonly isFixed: boolean

  constructor(elementType: 'int' | 'uint' | 'double', elements: readonly number[], isFixed = false) {
    this.elementType = elementType
    this.elements = elements
    this.isFixed = isFixed
  }
}

/** A vector of objects, which only AMF3 has. */
export class AmfObjectVector {
  readonly kind = 'object-vector'
  /** Class of the elements; empty or `*` for any. */
  readonly className: string
  readonly elements: readonly AmfValue[]
  /** True where its length may not change. */
  readonly isFixed: boolean

  constructor(className: string, elements: readonly AmfValue[], isFixed = false) {
    this.className = className
    this.elements = elements
    this.isFixed = isFixed
  }
}

/** A dictionary, which only AMF3 has: its keys are any values, objects by identity. */
export class AmfDictionary extends Map<AmfValue, AmfValue> {
  readonly kind = 'dictionary'
  readonly hasWeakKeys: boolean

  constructor(entries?: Iterable<readonly [AmfValue, AmfValue]>, hasWeakKeys = false) {
    super(entries)
    this.hasWeakKeys = hasWeakKeys
  }
}

/** Values that AMF0 has no type for: inside AMF0 they are written as AMF3. */
export type Amf3OnlyValue = Uint8Array | AmfNumberVector | AmfObjectVector | AmfDictionary

/**
 * One AMF value. Numbers are doubles (NaN and infinities included); `undefined` and `null` are different
 * values; a JavaScript array is an AMF strict or dense array, a `Uint8Array` an AMF3 byte array. Values are
 * trees or share subtrees, never cyclic.
 */
export type AmfValue =
  | number
  | boolean
  | string
  | null
  | undefined
  | AmfMap
  | readonly AmfValue[]
  | AmfDate
  | AmfXml
  | Amf3OnlyValue

/** True for an object or an ECMA array: something with named properties. */
export function isAmfMap(value: AmfValue): value is AmfMap {
  return value instanceof AmfObject || value instanceof AmfEcmaArray
}

/** True for a value that AMF0 has no type for. */
export function isAmf3Only(value: AmfValue): value is Amf3OnlyValue {
  return (
    value instanceof Uint8Array ||
    value instanceof AmfNumberVector ||
    value instanceof AmfObjectVector ||
    value instanceof AmfDictionary
  )
}
