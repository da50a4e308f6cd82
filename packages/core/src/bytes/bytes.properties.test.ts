import fc from 'fast-check'
import { expect, it } from 'vitest'
import { StateError } from '../errors.ts'
import { BitReader } from './bit-reader.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { concatBytes, equalBytes, toHex } from './bytes.ts'

const parameters: fc.Parameters<unknown> = {
  ...(process.env.FC_SEED === undefined ? {} : { seed: Number(process.env.FC_SEED) }),
  ...(process.env.FC_RUNS === undefined ? {} : { numRuns: Number(process.env.FC_RUNS) }),
}

interface Field {
  readonly name: 'u8' | 'u16be' | 'i16be' | 'u24be' | 'i24be' | 'u32be' | 'i32be' | 'u32le'
  readonly min: number
  readonly max: number
}
const FIELDS: readonly Field[] = [
  { name: 'u8', min: 0, max: 0xff },
  { name: 'u16be', min: 0, max: 0xffff },
  { name: 'i16be', min: -0x8000, max: 0x7fff },
  { name: 'u24be', min: 0, max: 0xffffff },
  { name: 'i24be', min: -0x800000, max: 0x7fffff },
  { name: 'u32be', min: 0, max: 0xffffffff },
  { name: 'i32be', min: -0x80000000, max: 0x7fffffff },
  { name: 'u32le', min: 0, max: 0xffffffff },
]

const written = fc
  .constantFrom(...FIELDS)
  .chain((field) =>
    fc
      .oneof(fc.constantFrom(field.min, field.max, 0), fc.integer({ min: field.min, max: field.max }))
      .map((value) => ({ field, value })),
  )

it('what is written is read back, whatever the capacity', () => {
  fc.assert(
    fc.property(fc.array(written, { maxLength: 40 }), fc.nat(64), (values, capacity) => {
      const writer = new ByteWriter(capacity)
      for (const { field, value } of values) writer[field.name](value)
      const reader = new ByteReader(writer.finish())
      expect(values.map(({ field }) => reader[field.name]())).toEqual(values.map(({ value }) => value))
      expect(reader.remaining).toBe(0)
    }),
    parameters,
  )
})

it('what a field cannot hold is refused, and nothing is written', () => {
  const outside = fc.constantFrom(...FIELDS).chain((field) =>
    fc
      .oneof(
        fc.constantFrom(field.min - 1, field.max + 1, Number.NaN, Number.POSITIVE_INFINITY, field.max + 0.5),
        fc.double().filter((value) => !Number.isInteger(value) || value < field.min || value > field.max),
      )
      .map((value) => ({ field, value })),
  )
  fc.assert(
    fc.property(outside, ({ field, value }) => {
      const writer = new ByteWriter()
      expect(() => writer[field.name](value)).toThrow(StateError)
      expect(writer.length).toBe(0)
    }),
    parameters,
  )
})

it('64-bit integers and doubles come back', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.double(), (integer, double) => {
      const reader = new ByteReader(new ByteWriter().u64be(integer).f64be(double).finish())
      expect(reader.u64be()).toBe(integer)
      expect(reader.f64be()).toBe(double)
    }),
    parameters,
  )
  for (const wrong of [-1, 2 ** 53, 0.5, -1n, 2n ** 64n])
    expect(() => new ByteWriter().u64be(wrong)).toThrow(StateError)
})

it('text, zeros, bytes and patches come back where they were put', () => {
  const ascii = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) })
  fc.assert(
    fc.property(ascii, fc.nat(100), fc.uint8Array(), fc.nat(0xffffffff), (text, zeros, bytes, size) => {
      const writer = new ByteWriter(1).u32be(0).ascii(text).zeros(zeros).bytes(bytes)
      writer.patchU32be(0, size)
      const reader = new ByteReader(writer.finish())
      expect(reader.u32be()).toBe(size)
      expect(reader.ascii(text.length)).toBe(text)
      expect(reader.bytes(zeros)).toEqual(new Uint8Array(zeros))
      expect(reader.rest()).toEqual(bytes)
      expect(() => writer.patchU32be(writer.length - 3, 0)).toThrow(StateError)
    }),
    parameters,
  )
})

it('bits are those of the bytes, however they are taken', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 16 }),
      fc.array(fc.integer({ min: 0, max: 32 })),
      (bytes, sizes) => {
        const text = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('')
        const reader = new BitReader(bytes)
        let at = 0
        for (const size of sizes) {
          if (at + size > text.length) break
          expect(reader.bits(size)).toBe(size === 0 ? 0 : Number.parseInt(text.slice(at, at + size), 2))
          at += size
        }
        expect(reader.remaining).toBe(text.length - at)
      },
    ),
    parameters,
  )
})

it('Exp-Golomb codes come back', () => {
  fc.assert(
    fc.property(fc.nat(0xffffffff - 1), (value) => {
      const code = (value + 1).toString(2)
      const padded = `${'0'.repeat(code.length - 1)}${code}`.padEnd(72, '0')
      const bytes = Uint8Array.from(padded.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2))
      expect(new BitReader(bytes).ue()).toBe(value)
      const signed = value % 2 === 1 ? (value + 1) / 2 : -value / 2
      expect(new BitReader(bytes).se() - signed).toBe(0)
    }),
    parameters,
  )
})

it('joined arrays are equal to what they were made of', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array()), (parts) => {
      const joined = concatBytes(parts)
      expect(toHex(joined)).toBe(parts.map(toHex).join(''))
      let at = 0
      for (const part of parts) {
        expect(equalBytes(joined.subarray(at, at + part.length), part)).toBe(true)
        at += part.length
      }
      expect(joined.length).toBe(at)
    }),
    parameters,
  )
})
