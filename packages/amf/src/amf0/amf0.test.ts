import { ProtocolError, StateError, toHex, UnsupportedError } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { bytes } from '../testing/bytes.ts'
import { capturedValue } from '../testing/captures.ts'
import { thrown } from '../testing/errors.ts'
import {
  AmfDate,
  AmfDictionary,
  AmfEcmaArray,
  AmfNumberVector,
  AmfObject,
  type AmfValue,
  AmfXml,
} from '../value.ts'
import { readAmf0Values } from './read.ts'
import { writeAmf0 } from './write.ts'

const shared = AmfObject.of({ a: 1 })

const GOLDEN: readonly { name: string; values: readonly AmfValue[]; hex: string }[] = [
  { name: 'nothing', values: [], hex: '' },
  { name: 'number', values: [3.5], hex: '00 400c000000000000' },
  { name: 'infinity', values: [Number.POSITIVE_INFINITY], hex: '00 7ff0000000000000' },
  { name: 'true and false', values: [true, false], hex: '0101 0100' },
  { name: 'string', values: ['ab'], hex: '02 0002 6162' },
  { name: 'byte order mark', values: ['\ufeff'], hex: '02 0003 efbbbf' },
  { name: 'null and undefined', values: [null, undefined], hex: '05 06' },
  { name: 'object', values: [AmfObject.of({ a: 1 })], hex: '03 0001 61 003ff0000000000000 0000 09' },
  {
    name: 'object with an empty key',
    values: [
      new AmfObject([
        ['', null],
        ['b', true],
      ]),
    ],
    hex: '03 0000 05 0001 62 0101 0000 09',
  },
  {
    name: 'key __proto__',
    values: [new AmfObject([['__proto__', null]])],
    hex: '03 0009 5f5f70726f746f5f5f 05 0000 09',
  },
  { name: 'typed object', values: [new AmfObject([['x', null]], 'C')], hex: '10 0001 43 0001 78 05 0000 09' },
  { name: 'ECMA array', values: [AmfEcmaArray.of({ a: 'b' })], hex: '08 00000001 0001 61 02000162 0000 09' },
  { name: 'strict array', values: [['a', null]], hex: '0a 00000002 02000161 05' },
  { name: 'date', values: [new AmfDate(0, -60)], hex: '0b 0000000000000000 ffc4' },
  { name: 'XML', values: [new AmfXml('<a/>')], hex: '0f 00000004 3c612f3e' },
  {
    name: 'reference',
    values: [[shared, shared]],
    hex: '0a 00000002 03 0001 61 003ff0000000000000 0000 09 07 0001',
  },
]

describe('AMF3 values inside AMF0', () => {
  it.each([
    { name: 'byte array', value: bytes('0102'), hex: '11 0c 05 0102' },
    { name: 'vector', value: new AmfNumberVector('int', [-1]), hex: '11 0d 03 00 ffffffff' },
    { name: 'dictionary', value: new AmfDictionary([['a', null]]), hex: '11 11 03 00 06 03 61 01' },
  ])('a $name is one, where AMF0 has no type', ({ value, hex }) => {
    expect(readAmf0Values(bytes(hex))).toStrictEqual([value])
    expect(toHex(writeAmf0([value]))).toBe(hex.replaceAll(' ', ''))
  })

  it('stand among values of AMF0 and inside of them, one after each marker', () => {
    expect(readAmf0Values(bytes('02 0001 61 11 04 05 05 11 06 03 62'))).toStrictEqual(['a', 5, null, 'b'])
    const object = bytes('03 0001 61 11 09 03 01 03 0001 62 0100 0000 09')
    expect(readAmf0Values(object)).toStrictEqual([AmfObject.of({ a: [true], b: false })])
  })

  it('know no strings, objects or traits of one another, and are no objects of AMF0', () => {
    expect(thrown(() => readAmf0Values(bytes('11 06 03 61 11 06 00')))).toHaveProperty(
      'code',
      'amf.amf3.bad_reference',
    )
    expect(thrown(() => readAmf0Values(bytes('11 09 01 01 11 09 00')))).toHaveProperty(
      'code',
      'amf.amf3.bad_reference',
    )
    expect(thrown(() => readAmf0Values(bytes('11 09 01 01 07 0000')))).toHaveProperty(
      'code',
      'amf.amf0.bad_reference',
    )
  })

  it('share the limits of what is around them', () => {
    const limits = { depth: 3, values: 6, stringBytes: 3 }
    const read = (hex: string): unknown => thrown(() => readAmf0Values(bytes(hex), limits))
    const array = '0a 00000001'
    expect(read(`${array} ${array} 11 09 01 01`)).toBeUndefined()
    expect(read(`${array} ${array} 11 09 03 01 09 01 01`)).toHaveProperty('code', 'amf.too_deep')
    expect(read('05 05 05 05 11 09 03 01 01')).toBeUndefined()
    expect(read('05 05 05 05 11 09 05 01 01 01')).toHaveProperty('code', 'amf.too_many_values')
    expect(read('11 06 07 616263')).toBeUndefined()
    expect(read('11 06 09 61626364')).toHaveProperty('code', 'amf.string_too_long')
  })
})

describe('AMF0', () => {
  it.each(GOLDEN)('reads and writes $name', ({ values, hex }) => {
    expect(readAmf0Values(bytes(hex))).toStrictEqual(values)
    expect(toHex(writeAmf0(values))).toBe(hex.replaceAll(' ', ''))
  })

  it('reads an ECMA array whose count is wrong', () => {
    const array = AmfEcmaArray.of({ a: null })
    for (const count of ['00000000', 'ffffffff']) {
      expect(readAmf0Values(bytes(`08 ${count} 0001 61 05 0000 09`))).toStrictEqual([array])
    }
  })

  it('writes a long string only where a short one cannot hold it', () => {
    const short = writeAmf0(['x'.repeat(0xffff)])
    const long = writeAmf0(['x'.repeat(0x10000)])
    expect(toHex(short.subarray(0, 3))).toBe('02ffff')
    expect(toHex(long.subarray(0, 5))).toBe('0c00010000')
    expect(readAmf0Values(long)).toEqual(['x'.repeat(0x10000)])
  })

  it('resolves a reference to the very same object', () => {
    const [array] = readAmf0Values(writeAmf0([[shared, shared]]))
    expect(Array.isArray(array) && array[0] === array[1]).toBe(true)
  })

  it('reads malformed UTF-8 as U+FFFD', () => {
    expect(readAmf0Values(bytes('02 0001 ff'))).toEqual(['\ufffd'])
  })

  it.each([
    { name: 'a cut number', hex: '00 40', kind: ProtocolError, code: 'core.bytes.truncated' },
    {
      name: 'an object without end',
      hex: '03 0001 61 05',
      kind: ProtocolError,
      code: 'core.bytes.truncated',
    },
    { name: 'an end marker alone', hex: '09', kind: ProtocolError, code: 'amf.amf0.bad_marker' },
    {
      name: 'an end marker after a key',
      hex: '03 0001 61 09',
      kind: ProtocolError,
      code: 'amf.amf0.bad_marker',
    },
    { name: 'an unknown marker', hex: '12', kind: ProtocolError, code: 'amf.amf0.bad_marker' },
    { name: 'a reference to nothing', hex: '07 0000', kind: ProtocolError, code: 'amf.amf0.bad_reference' },
    {
      name: 'a cycle',
      hex: '0a 00000001 07 0000',
      kind: UnsupportedError,
      code: 'amf.amf0.cyclic_reference',
    },
    { name: 'no AMF3 value after its marker', hex: '11', kind: ProtocolError, code: 'core.bytes.truncated' },
    { name: 'an unknown AMF3 marker', hex: '11 12', kind: ProtocolError, code: 'amf.amf3.bad_marker' },
    { name: 'a movie clip', hex: '04', kind: UnsupportedError, code: 'amf.amf0.reserved_marker' },
    {
      name: 'a strict array of 2³²−1',
      hex: '0a ffffffff 05',
      kind: ProtocolError,
      code: 'core.bytes.truncated',
    },
    { name: 'a string of 2³²−1', hex: '0c ffffffff 05', kind: ProtocolError, code: 'amf.string_too_long' },
  ])('refuses $name', ({ hex, kind, code }) => {
    const error = thrown(() => readAmf0Values(bytes(hex)))
    expect(error).toBeInstanceOf(kind)
    expect(error).toHaveProperty('code', code)
  })

  it('refuses 1 000 nested arrays, and takes exactly the depth allowed', () => {
    const nested = (depth: number): Uint8Array => bytes(`${'0a00000001'.repeat(depth - 1)}0a00000000`)
    expect(readAmf0Values(nested(32))).toHaveLength(1)
    for (const depth of [33, 1_000, 100_000]) {
      expect(thrown(() => readAmf0Values(nested(depth)))).toHaveProperty('code', 'amf.too_deep')
    }
  })

  it('counts values, and what references repeat', () => {
    const limits = { depth: 32, values: 100, stringBytes: 10 }
    expect(readAmf0Values(new Uint8Array(100).fill(5), limits)).toHaveLength(100)
    expect(thrown(() => readAmf0Values(new Uint8Array(101).fill(5), limits))).toHaveProperty(
      'code',
      'amf.too_many_values',
    )
    let doubled: AmfValue = ['x']
    for (let i = 0; i < 20; i++) doubled = [doubled, doubled]
    const laughs = writeAmf0([doubled])
    expect(laughs.length).toBeLessThan(1_000)
    expect(thrown(() => readAmf0Values(laughs))).toHaveProperty('code', 'amf.too_many_values')
  })

  it.each([
    { name: 'a cyclic value', value: cyclic(300) },
    { name: 'half of a surrogate pair', value: 'a\ud800' },
    { name: 'a key of 65 536 bytes', value: new AmfObject([['k'.repeat(0x10000), null]]) },
    { name: 'a zone outside 16 bits', value: new AmfDate(0, 0x8000) },
  ])('refuses to write $name', ({ value }) => {
    expect(thrown(() => writeAmf0([value]))).toBeInstanceOf(StateError)
  })
})

function cyclic(depth: number): AmfValue {
  let value: AmfValue = null
  for (let i = 0; i < depth; i++) value = [value]
  return value
}

const CAPTURED: Readonly<Record<string, AmfValue>> = {
  'amf0-boolean': true,
  'amf0-complex-encoded-string': AmfObject.of({ shift: 'Shift テスト', utf: 'UTF テスト', zed: 5 }),
  'amf0-date': new AmfDate(1590796800000, 240),
  'amf0-ecma-ordinal-array': AmfEcmaArray.of({ 0: 'a', 1: 'b', 2: 'c', 3: 'd' }),
  'amf0-empty-string-key-hash': AmfEcmaArray.of({ c: 'd', a: 'b', '': 'last' }),
  'amf0-hash': AmfEcmaArray.of({ a: 'b', c: 'd' }),
  'amf0-null': null,
  'amf0-number': 3.5,
  'amf0-object': AmfObject.of({ bar: 3.14, foo: 'baz' }),
  'amf0-ref-test': AmfObject.of({
    0: AmfObject.of({ bar: 3.14, foo: 'baz' }),
    1: AmfObject.of({ bar: 3.14, foo: 'baz' }),
  }),
  'amf0-strict-array': ['a', 'b', 'c', 'd'],
  'amf0-string': 'this is a テスト',
  'amf0-time': new AmfDate(1045112400000, 300),
  'amf0-typed-object': new AmfObject(
    [
      ['baz', null],
      ['foo', 'bar'],
    ],
    'org.amf.ASClass',
  ),
  'amf0-undefined': undefined,
  'amf0-untyped-object': AmfObject.of({ baz: null, foo: 'bar' }),
  'amf0-xml-doc': new AmfXml('<parent><child prop="test" /></parent>'),
}

describe('AMF0 values of another implementation', () => {
  it.for(Object.entries(CAPTURED))('reads %s', ([name, value], { skip }) => {
    const recorded = capturedValue(name)
    if (typeof recorded === 'string') return skip(recorded)
    const values = readAmf0Values(recorded)
    expect(values).toStrictEqual([value])
    expect(readAmf0Values(writeAmf0(values))).toStrictEqual(values)
  })
})
