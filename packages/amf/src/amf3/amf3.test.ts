import { ByteReader, ByteWriter, ProtocolError, StateError, toHex, UnsupportedError } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { type AmfLimits, DEFAULT_AMF_LIMITS } from '../limits.ts'
import { ReadingCost } from '../reading-cost.ts'
import { bytes } from '../testing/bytes.ts'
import { capturedValue } from '../testing/captures.ts'
import { thrown } from '../testing/errors.ts'
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
import { readAmf3 } from './read.ts'
import { writeAmf3 } from './write.ts'

/** Reads one value and expects nothing behind it. */
function read(input: Uint8Array, limits: AmfLimits = DEFAULT_AMF_LIMITS): AmfValue {
  const reader = new ByteReader(input)
  const value = readAmf3(reader, new ReadingCost(limits))
  expect(reader.remaining).toBe(0)
  return value
}

function write(value: AmfValue): Uint8Array {
  const writer = new ByteWriter()
  writeAmf3(writer, value)
  return writer.finish()
}

const object = AmfObject.of({ a: 'b' })
const date = new AmfDate(0)

const GOLDEN: readonly { name: string; value: AmfValue; hex: string }[] = [
  { name: 'undefined', value: undefined, hex: '00' },
  { name: 'null', value: null, hex: '01' },
  { name: 'false', value: false, hex: '02' },
  { name: 'true', value: true, hex: '03' },
  { name: 'integer 0', value: 0, hex: '04 00' },
  { name: 'the last integer of one byte', value: 0x7f, hex: '04 7f' },
  { name: 'the first integer of two bytes', value: 0x80, hex: '04 8100' },
  { name: 'the last integer of two bytes', value: 0x3fff, hex: '04 ff7f' },
  { name: 'the first integer of three bytes', value: 0x4000, hex: '04 818000' },
  { name: 'the last integer of three bytes', value: 0x1fffff, hex: '04 ffff7f' },
  { name: 'the first integer of four bytes', value: 0x200000, hex: '04 80c08000' },
  { name: 'the largest integer', value: 0x0fffffff, hex: '04 bfffffff' },
  { name: 'the smallest integer', value: -0x10000000, hex: '04 c0808000' },
  { name: 'integer −1', value: -1, hex: '04 ffffffff' },
  { name: 'the first number above integers', value: 0x10000000, hex: '05 41b0000000000000' },
  { name: 'the first number below integers', value: -0x10000001, hex: '05 c1b0000001000000' },
  { name: 'double', value: 3.5, hex: '05 400c000000000000' },
  { name: 'negative zero', value: -0, hex: '05 8000000000000000' },
  { name: 'infinity', value: Number.POSITIVE_INFINITY, hex: '05 7ff0000000000000' },
  { name: 'the empty string', value: '', hex: '06 01' },
  { name: 'string', value: 'ab', hex: '06 05 6162' },
  { name: 'XML', value: new AmfXml('<a/>'), hex: '07 09 3c612f3e' },
  { name: 'date', value: date, hex: '08 01 0000000000000000' },
  { name: 'dense array', value: ['a', null, 'a'], hex: '09 07 01 06 03 61 01 06 00' },
  {
    name: 'associative array',
    value: AmfEcmaArray.of({ a: 1, 0: 2 }),
    hex: '09 01 03 30 04 02 03 61 04 01 01',
  },
  { name: 'anonymous object', value: object, hex: '0a 0b 01 03 61 06 03 62 01' },
  { name: 'anonymous object without properties', value: new AmfObject(), hex: '0a 0b 01 01' },
  {
    name: 'anonymous object with an empty key',
    value: new AmfObject([
      ['b', 1],
      ['', null],
    ]),
    hex: '0a 23 01 03 62 01 04 01 01',
  },
  {
    name: 'typed object',
    value: new AmfObject([['x', null]], 'C'),
    hex: '0a 13 03 43 03 78 01',
  },
  { name: 'byte array', value: bytes('00ff'), hex: '0c 05 00ff' },
  { name: 'vector of int', value: new AmfNumberVector('int', [1, -1]), hex: '0d 05 00 00000001 ffffffff' },
  {
    name: 'vector of uint of fixed length',
    value: new AmfNumberVector('uint', [0xffffffff], true),
    hex: '0e 03 01 ffffffff',
  },
  { name: 'vector of double', value: new AmfNumberVector('double', [-0]), hex: '0f 03 00 8000000000000000' },
  {
    name: 'vector of objects',
    value: new AmfObjectVector('*', [null, 'a']),
    hex: '10 05 00 03 2a 01 06 03 61',
  },
  {
    name: 'dictionary',
    value: new AmfDictionary(),
    hex: '11 01 00',
  },
  {
    name: 'dictionary with an object as key, and weak keys',
    value: new AmfDictionary([[object, 1]], true),
    hex: '11 03 01 0a 0b 01 03 61 06 03 62 01 04 01',
  },
  {
    name: 'references to objects of every kind, in the order in which they begin',
    value: [object, date, object, date],
    hex: '09 09 01 0a 0b 01 03 61 06 03 62 01 08 01 0000000000000000 0a 02 08 04',
  },
]

describe('AMF3', () => {
  it.each(GOLDEN)('reads and writes $name', ({ value, hex }) => {
    expect(read(bytes(hex))).toStrictEqual(value)
    expect(toHex(write(value))).toBe(hex.replaceAll(' ', ''))
  })

  it.each([
    { name: 'an integer in more bytes than it needs', hex: '04 80808005', value: 5 },
    { name: 'XML of the later kind', hex: '0b 09 3c612f3e', value: new AmfXml('<a/>') },
    {
      name: 'names before numbers in an array',
      hex: '09 05 03 61 02 01 06 01 03',
      value: AmfEcmaArray.of({ a: false, 0: '', 1: true }),
    },
    {
      name: 'an object with both kinds of properties',
      hex: '0a 1b 03 43 03 61 01 03 62 02 01',
      value: new AmfObject(
        [
          ['a', null],
          ['b', false],
        ],
        'C',
      ),
    },
    {
      name: 'traits again by number',
      hex: '09 05 01 0a 13 01 03 61 01 0a 01 02',
      value: [AmfObject.of({ a: null }), AmfObject.of({ a: false })],
    },
    {
      name: 'a property named __proto__',
      hex: '0a 0b 01 13 5f5f70726f746f5f5f 01 01',
      value: new AmfObject([['__proto__', null]]),
    },
    {
      name: 'an ObjectProxy as the object in it',
      hex: `0a 07 3b ${Buffer.from('flex.messaging.io.ObjectProxy').toString('hex')} 0a 0b 01 01`,
      value: new AmfObject(),
    },
    { name: 'malformed UTF-8 as U+FFFD', hex: '06 03 ff', value: '\ufffd' },
  ])('reads $name', ({ hex, value }) => {
    expect(read(bytes(hex))).toStrictEqual(value)
  })

  it('resolves a reference to the very same object, and shares no memory with its input', () => {
    const shared = read(write([object, object]))
    expect(Array.isArray(shared) && shared[0] === shared[1]).toBe(true)
    const input = bytes('0c 03 07')
    const copy = read(input)
    input.fill(0)
    expect(copy).toStrictEqual(bytes('07'))
  })

  it.each([
    { name: 'an unknown marker', hex: '12', kind: ProtocolError, code: 'amf.amf3.bad_marker' },
    { name: 'nothing', hex: '', kind: ProtocolError, code: 'core.bytes.truncated' },
    { name: 'a cut integer', hex: '04 ffffff', kind: ProtocolError, code: 'core.bytes.truncated' },
    { name: 'a cut string', hex: '06 05 61', kind: ProtocolError, code: 'core.bytes.truncated' },
    { name: 'a string of 2²⁸−1', hex: '06 ffffffff', kind: ProtocolError, code: 'amf.string_too_long' },
    { name: 'a byte array of 2²⁸−1', hex: '0c ffffffff', kind: ProtocolError, code: 'amf.string_too_long' },
    { name: 'an array of 2²⁸−1', hex: '09 ffffffff 01', kind: ProtocolError, code: 'core.bytes.truncated' },
    { name: 'a vector of 2²⁸−1', hex: '0f ffffffff 00', kind: ProtocolError, code: 'amf.too_many_values' },
    {
      name: 'traits of 2²⁵−1 names',
      hex: '0a fffffff3 01',
      kind: ProtocolError,
      code: 'amf.too_many_values',
    },
    { name: 'a string not seen yet', hex: '06 00', kind: ProtocolError, code: 'amf.amf3.bad_reference' },
    {
      name: 'the empty string by number',
      hex: '09 05 01 06 01 06 00',
      kind: ProtocolError,
      code: 'amf.amf3.bad_reference',
    },
    { name: 'an object not seen yet', hex: '08 00', kind: ProtocolError, code: 'amf.amf3.bad_reference' },
    { name: 'traits not seen yet', hex: '0a 01', kind: ProtocolError, code: 'amf.amf3.bad_reference' },
    {
      name: 'an array in itself',
      hex: '09 03 01 09 00',
      kind: UnsupportedError,
      code: 'amf.amf3.cyclic_reference',
    },
    {
      name: 'an object in its own property',
      hex: '0a 0b 01 03 61 0a 00 01',
      kind: UnsupportedError,
      code: 'amf.amf3.cyclic_reference',
    },
    {
      name: 'a dictionary as its own key',
      hex: '11 03 00 11 00 01',
      kind: UnsupportedError,
      code: 'amf.amf3.cyclic_reference',
    },
    {
      name: 'a class that writes itself',
      hex: '0a 07 03 43 00',
      kind: UnsupportedError,
      code: 'amf.amf3.externalizable',
    },
  ])('refuses $name', ({ hex, kind, code }) => {
    const error = thrown(() => read(bytes(hex)))
    expect(error).toBeInstanceOf(kind)
    expect(error).toHaveProperty('code', code)
  })

  it.each([
    { name: 'arrays', around: '09 03 01', inside: '09 01 01' },
    { name: 'objects', around: '0a 0b 01 03 61', inside: '0a 0b 01 01' },
    { name: 'vectors', around: '10 03 00 01', inside: '10 01 00 01' },
    { name: 'dictionaries', around: '11 03 00', inside: '11 01 00' },
    {
      name: 'collections',
      around: `0a 07 43 ${Buffer.from('flex.messaging.io.ArrayCollection').toString('hex')}`,
      inside: '09 01 01',
    },
  ])('refuses 1 000 nested $name', ({ around, inside }) => {
    for (const depth of [33, 1_000, 10_000]) {
      const error = thrown(() => read(bytes(`${around.repeat(depth - 1)} ${inside}`)))
      expect(error).toHaveProperty('code', 'amf.too_deep')
    }
  })

  it('takes exactly the depth allowed, and leaves in it', () => {
    const nested = bytes(`${'09 03 01'.repeat(32)} 08 01 0000000000000000`)
    let value = read(nested)
    for (let i = 0; i < 32; i++) value = Array.isArray(value) ? value[0] : undefined
    expect(value).toStrictEqual(date)
  })

  it('counts values, and what references repeat', () => {
    let doubled: AmfValue = ['x']
    for (let i = 0; i < 20; i++) doubled = [doubled, doubled]
    const laughs = write(doubled)
    expect(laughs.length).toBeLessThan(1_000)
    expect(thrown(() => read(laughs))).toHaveProperty('code', 'amf.too_many_values')

    const limits = { ...DEFAULT_AMF_LIMITS, values: 4 }
    expect(read(bytes('0d 07 00 000000010000000100000001'), limits)).toHaveProperty('elements', [1, 1, 1])
    expect(thrown(() => read(bytes('0d 09 00 00000001000000010000000100000001'), limits))).toHaveProperty(
      'code',
      'amf.too_many_values',
    )
  })

  it('counts text, and what references repeat of it', () => {
    const text = 'x'.repeat(1 << 20)
    const repeatable = [text]
    expect(read(write([text]))).toStrictEqual([text])
    for (const repeated of [
      Array.from({ length: 10 }, () => text),
      Array.from({ length: 10 }, (_, i) => new AmfObject([[text, i]])),
      Array.from({ length: 10 }, () => new AmfObjectVector(text, [])),
      Array.from({ length: 10 }, () => repeatable),
    ]) {
      expect(thrown(() => read(write(repeated)))).toHaveProperty('code', 'amf.too_many_values')
    }
    const traits = `0a 13 ${toHex(write(text)).slice(2)} 03 61 01`
    const objects = bytes(`09 17 01 ${traits} ${'0a 01 01'.repeat(10)}`)
    expect(thrown(() => read(objects))).toHaveProperty('code', 'amf.too_many_values')
  })

  it.each([
    { name: 'an ECMA array with an empty key', value: AmfEcmaArray.of({ '': 1 }) },
    { name: 'half of a surrogate pair', value: 'a\ud800' },
    { name: 'an element outside its vector', value: new AmfNumberVector('int', [2 ** 31]) },
    { name: 'a value nested too deep', value: nest(300) },
  ])('refuses to write $name', ({ value }) => {
    expect(thrown(() => write(value))).toBeInstanceOf(StateError)
  })
})

function nest(depth: number): AmfValue {
  let value: AmfValue = null
  for (let i = 0; i < depth; i++) value = [value]
  return value
}

function typed(properties: Readonly<Record<string, AmfValue>>): AmfObject {
  return new AmfObject(Object.entries(properties), 'org.amf.ASClass')
}

const one = AmfObject.of({ foo_one: 'bar_one' })
const two = AmfObject.of({ foo_two: '' })
const three = AmfObject.of({ foo_three: 42 })
const first = AmfObject.of({ foo: 'bar' })
const collection = [typed({ baz: null, foo: 'bar' }), typed({ baz: null, foo: 'asdf' })]

const CAPTURED: Readonly<Record<string, AmfValue>> = {
  'amf3-0': 0,
  'amf3-array-collection': ['foo', 'bar'],
  'amf3-array-ref': [
    [1, 2, 3],
    ['a', 'b', 'c'],
    [1, 2, 3],
    ['a', 'b', 'c'],
  ],
  'amf3-associative-array': new AmfEcmaArray([
    ['asdf', 'fdsa'],
    ['foo', 'bar'],
    ['42', 'bar'],
    ['0', 'bar1'],
    ['1', 'bar2'],
    ['2', 'bar3'],
  ]),
  'amf3-bigNum': 2 ** 1000,
  'amf3-byte-array-ref': [Uint8Array.from(Buffer.from('ASDF')), Uint8Array.from(Buffer.from('ASDF'))],
  'amf3-byte-array': bytes('0003e38193e3828c7465737440'),
  'amf3-complex-array-collection': [['foo', 'bar'], collection, collection],
  'amf3-complex-encoded-string-array': [5, 'Shift テスト', 'UTF テスト', 5],
  'amf3-date-ref': [date, date],
  'amf3-date': date,
  'amf3-dictionary': new AmfDictionary([
    ['bar', 'asdf1'],
    [typed({ baz: null, foo: 'baz' }), 'asdf2'],
  ]),
  'amf3-dynamic-object': AmfObject.of({
    another_public_property: 'a_public_value',
    nil_property: null,
    property_one: 'foo',
  }),
  'amf3-empty-array-ref': [[], [], [], []],
  'amf3-empty-array': [],
  'amf3-empty-dictionary': new AmfDictionary(),
  'amf3-empty-string-ref': ['', ''],
  'amf3-encoded-string-ref': ['this is a テスト', 'this is a テスト'],
  'amf3-false': false,
  'amf3-float': 3.5,
  'amf3-hash': AmfObject.of({ answer: 42, foo: 'bar' }),
  'amf3-large-max': 2 ** 28,
  'amf3-large-min': -(2 ** 28) - 1,
  'amf3-max': 2 ** 28 - 1,
  'amf3-min': -(2 ** 28),
  'amf3-mixed-array': [
    one,
    two,
    three,
    new AmfObject(),
    [one, two, three],
    [],
    42,
    '',
    [],
    '',
    new AmfObject(),
    'bar_one',
    three,
  ],
  'amf3-null': null,
  'amf3-object-ref': [[first, first], 'bar', [first, first]],
  'amf3-primitive-array': [1, 2, 3, 4, 5],
  'amf3-string-ref': ['foo', 'str', 'foo', 'str', 'foo', AmfObject.of({ str: 'foo' })],
  'amf3-string': 'String . String',
  'amf3-symbol': 'foo',
  'amf3-trait-ref': [typed({ baz: null, foo: 'foo' }), typed({ baz: null, foo: 'bar' })],
  'amf3-true': true,
  'amf3-typed-object': typed({ baz: null, foo: 'bar' }),
  'amf3-vector-double': new AmfNumberVector('double', [4.3, -20.6]),
  'amf3-vector-int': new AmfNumberVector('int', [4, -20, 12]),
  'amf3-vector-object': new AmfObjectVector('org.amf.ASClass', [
    typed({ baz: null, foo: 'foo' }),
    typed({ baz: null, foo: 'bar' }),
    typed({ baz: null, foo: 'baz' }),
  ]),
  'amf3-vector-uint': new AmfNumberVector('uint', [4, 20, 12]),
  'amf3-xml-doc': new AmfXml('<parent><child prop="test" /></parent>'),
  'amf3-xml-ref': [
    new AmfXml('<parent><child prop="test"/></parent>'),
    new AmfXml('<parent><child prop="test"/></parent>'),
  ],
  'amf3-xml': new AmfXml('<parent><child prop="test"/></parent>'),
}

describe('AMF3 values of another implementation', () => {
  it.for(Object.entries(CAPTURED))('reads %s', ([name, value], { skip }) => {
    const recorded = capturedValue(name)
    if (typeof recorded === 'string') return skip(recorded)
    expect(read(recorded)).toStrictEqual(value)
    expect(read(write(value))).toStrictEqual(value)
  })

  it.for([
    ['amf3-externalizable', 'amf.amf3.externalizable'],
    ['amf3-graph-member', 'amf.amf3.cyclic_reference'],
  ] as const)('refuses %s', ([name, code], { skip }) => {
    const recorded = capturedValue(name)
    if (typeof recorded === 'string') return skip(recorded)
    expect(thrown(() => read(recorded))).toHaveProperty('code', code)
  })
})
