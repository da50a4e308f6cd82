import { describe, expect, it } from 'vitest'
import { ProtocolError } from '../errors.ts'
import { BitReader } from './bit-reader.ts'

/** Bits as text, spaces for the reader, filled up with zeros to whole bytes. */
function bits(text: string): BitReader {
  const digits = text.replaceAll(' ', '')
  const bytes = digits.match(/.{1,8}/g) ?? []
  return new BitReader(Uint8Array.from(bytes, (byte) => Number.parseInt(byte.padEnd(8, '0'), 2)))
}

describe('the bit reader', () => {
  it('reads the most significant bit first, over the ends of bytes', () => {
    const reader = bits('1 0 110 00000001 111')
    expect([reader.flag(), reader.flag(), reader.bits(3), reader.bits(8), reader.bits(3)]).toEqual([
      true,
      false,
      6,
      1,
      7,
    ])
    expect(reader.remaining).toBe(0)
  })

  it('reads up to 32 bits as an unsigned number', () => {
    expect(bits('1'.repeat(32)).bits(32)).toBe(0xffffffff)
    expect(bits('1').bits(0)).toBe(0)
  })

  // ITU-T H.264 table 9-2 and 9-3.
  it.each([
    ['1', 0, 0],
    ['010', 1, 1],
    ['011', 2, -1],
    ['00100', 3, 2],
    ['00101', 4, -2],
    ['00110', 5, 3],
    ['00111', 6, -3],
    ['0001000', 7, 4],
    ['000000001 00000000', 255, 128],
  ])('reads the Exp-Golomb code %s as %d and %d', (code, unsigned, signed) => {
    expect(bits(code).ue()).toBe(unsigned)
    expect(bits(code).se()).toBe(signed)
  })

  it('reads zero as zero, not as minus zero', () => {
    expect(Object.is(bits('1').se(), 0)).toBe(true)
  })

  it('reads the largest code there is', () => {
    expect(bits(`${'0'.repeat(32)}1${'0'.repeat(32)}`).ue()).toBe(2 ** 32 - 1)
  })

  it.each([
    ['no bits at all', '', (reader: BitReader) => reader.bit(), 'core.bits.truncated'],
    ['a field that is cut', '1111', (reader: BitReader) => reader.bits(9), 'core.bits.truncated'],
    ['a code that is cut', '00000001', (reader: BitReader) => reader.ue(), 'core.bits.truncated'],
    ['a code of zeros', '0'.repeat(80), (reader: BitReader) => reader.ue(), 'core.bits.bad_exp_golomb'],
  ])('refuses %s', (_, text, read, code) => {
    expect(() => read(bits(text))).toThrow(expect.objectContaining({ code }))
    expect(() => read(bits(text))).toThrow(ProtocolError)
  })

  it('may skip past the end, and then reads nothing', () => {
    const reader = bits('10101010')
    reader.skip(9)
    expect(() => reader.bit()).toThrow(expect.objectContaining({ code: 'core.bits.truncated' }))
  })
})
