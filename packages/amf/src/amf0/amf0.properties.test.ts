import { ProtocolError, UnsupportedError } from '@sluice/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parameters } from '../testing/fast-check.ts'
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

const text = fc.string({ unit: 'binary' })
const name = fc.oneof(text, fc.constantFrom('', '__proto__', 'constructor', 'code'))

const { value } = fc.letrec<{ value: AmfValue }>((tie) => {
  const entries = fc.array(fc.tuple(name, tie('value')), { maxLength: 4 })
  return {
    value: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      fc.double(),
      fc.boolean(),
      text,
      fc.constantFrom(null, undefined),
      fc
        .tuple(fc.double(), fc.integer({ min: -0x8000, max: 0x7fff }))
        .map(([millis, zone]) => new AmfDate(millis, zone)),
      text.map((xml) => new AmfXml(xml)),
      entries.map((properties) => new AmfObject(properties)),
      fc.tuple(entries, name).map(([properties, className]) => new AmfObject(properties, className)),
      entries.map((properties) => new AmfEcmaArray(properties)),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.uint8Array({ maxLength: 8 }),
      fc.array(fc.double(), { maxLength: 4 }).map((elements) => new AmfNumberVector('double', elements)),
      fc.array(fc.tuple(text, text), { maxLength: 4 }).map((pairs) => new AmfDictionary(pairs)),
    ),
  }
})

/** The values in `input`, none where it is refused; anything but a declared error fails the test. */
function readable(input: Uint8Array): AmfValue[] {
  try {
    return readAmf0Values(input)
  } catch (error) {
    if (error instanceof ProtocolError || error instanceof UnsupportedError) return []
    throw error
  }
}

it('reads back what it wrote', () => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 5 }), (values) => {
      expect(readAmf0Values(writeAmf0(values))).toStrictEqual(values)
    }),
    parameters,
  )
})

it('turns arbitrary bytes into values or a declared error', () => {
  const markers = fc.uint8Array({ max: 0x12, maxLength: 64 })
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 256 }), markers), (input) => {
      const values = readable(input)
      // Not byte for byte (counts and repeated keys are normalised), but nothing is lost on a second trip.
      expect(readAmf0Values(writeAmf0(values))).toStrictEqual(values)
    }),
    parameters,
  )
})

it('turns a damaged message into values or a declared error', () => {
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 3 }),
      fc.nat(),
      fc.nat(0xff),
      (values, at, byte) => {
        const input = writeAmf0(values)
        input[at % input.length] = byte
        expect(readable(input)).toBeInstanceOf(Array)
      },
    ),
    parameters,
  )
})
