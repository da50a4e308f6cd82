import { ByteReader, ByteWriter, ProtocolError, UnsupportedError } from '@sluice/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { DEFAULT_AMF_LIMITS } from '../limits.ts'
import { ReadingCost } from '../reading-cost.ts'
import { parameters } from '../testing/fast-check.ts'
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

const text = fc.string({ unit: 'binary' })
const name = fc.oneof(text, fc.constantFrom('', '__proto__', 'constructor', 'code'))
const elementName = name.filter((one) => one !== '')
const integer = fc.oneof(
  fc.integer(),
  fc.constantFrom(0x7f, 0x80, 0x3fff, 0x4000, 0x1fffff, 0x200000, 0x0fffffff, 0x10000000, -1, -0x10000000),
)

const { value } = fc.letrec<{ value: AmfValue }>((tie) => {
  const values = fc.array(tie('value'), { maxLength: 4 })
  const entries = fc.array(fc.tuple(name, tie('value')), { maxLength: 4 })
  const elements = fc.array(fc.tuple(elementName, tie('value')), { minLength: 1, maxLength: 4 })
  const pairs = fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 })
  return {
    value: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      fc.double(),
      integer,
      fc.boolean(),
      text,
      fc.constantFrom(null, undefined),
      fc.double().map((millis) => new AmfDate(millis)),
      text.map((xml) => new AmfXml(xml)),
      fc.uint8Array({ maxLength: 8 }),
      fc
        .tuple(fc.array(fc.integer()), fc.boolean())
        .map(([numbers, isFixed]) => new AmfNumberVector('int', numbers, isFixed)),
      fc.array(fc.nat(0xffffffff)).map((numbers) => new AmfNumberVector('uint', numbers)),
      fc.array(fc.double()).map((numbers) => new AmfNumberVector('double', numbers)),
      fc
        .tuple(name, values, fc.boolean())
        .map(([className, objects, isFixed]) => new AmfObjectVector(className, objects, isFixed)),
      fc.tuple(pairs, fc.boolean()).map(([all, hasWeakKeys]) => new AmfDictionary(all, hasWeakKeys)),
      entries.map((properties) => new AmfObject(properties)),
      fc.tuple(entries, elementName).map(([properties, className]) => new AmfObject(properties, className)),
      elements.map((properties) => new AmfEcmaArray(properties)),
      values,
      // The same object twice: a reference.
      tie('value').map((one) => [one, one]),
    ),
  }
})

function read(input: Uint8Array): AmfValue {
  return readAmf3(new ByteReader(input), new ReadingCost(DEFAULT_AMF_LIMITS))
}

function write(one: AmfValue): Uint8Array {
  const writer = new ByteWriter()
  writeAmf3(writer, one)
  return writer.finish()
}

/** The value in `input`, null where it is refused; anything but a declared error fails the test. */
function readable(input: Uint8Array): AmfValue {
  try {
    return read(input)
  } catch (error) {
    if (error instanceof ProtocolError || error instanceof UnsupportedError) return null
    throw error
  }
}

it('reads back what it wrote', () => {
  fc.assert(
    fc.property(value, (one) => {
      expect(read(write(one))).toStrictEqual(one)
    }),
    parameters,
  )
})

it('turns arbitrary bytes into a value or a declared error', () => {
  const markers = fc.uint8Array({ max: 0x12, maxLength: 64 })
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 256 }), markers), (input) => {
      const one = readable(input)
      // Not byte for byte (lengths and repeated keys are normalised), but nothing is lost on a second trip.
      expect(read(write(one))).toStrictEqual(one)
    }),
    parameters,
  )
})

it('turns a damaged value into a value or a declared error', () => {
  fc.assert(
    fc.property(value, fc.nat(), fc.nat(0xff), (one, at, byte) => {
      const input = write(one)
      input[at % input.length] = byte
      const damaged = readable(input)
      expect(read(write(damaged))).toStrictEqual(damaged)
    }),
    parameters,
  )
})
