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
  /** Time zone in minutes, −32768 to 32767: reserved, to be ignored; kept so that a relay changes nothing. */
  readonly zone: number

  constructor(epochMillis: number, zone = 0) {
    this.epochMillis = epochMillis
    this.zone = zone
  }
}

/** An XML document, as text that nobody has parsed. */
export class AmfXml {
  readonly kind = 'xml'
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/**
 * One AMF value. Numbers are doubles (NaN and infinities included); `undefined` and `null` are different
 * values; a JavaScript array is an AMF strict array. Values are trees or share subtrees, never cyclic.
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

/** True for an object or an ECMA array: something with named properties. */
export function isAmfMap(value: AmfValue): value is AmfMap {
  return value instanceof AmfObject || value instanceof AmfEcmaArray
}
