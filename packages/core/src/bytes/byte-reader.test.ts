import { describe, expect, it } from 'vitest'
import { ProtocolError } from '../errors.ts'
import { ByteReader } from './byte-reader.ts'

const reader = (...bytes: number[]): ByteReader => new ByteReader(Uint8Array.from(bytes))

/** One table for every fixed-width field: its bytes, and what they mean. */
const FIELDS: readonly {
  readonly name: string
  readonly read: (bytes: ByteReader) => number | bigint
  readonly cases: readonly (readonly [bytes: readonly number[], value: number | bigint])[]
}[] = [
  {
    name: 'u8',
    read: (bytes) => bytes.u8(),
    cases: [
      [[0], 0],
      [[255], 255],
    ],
  },
  {
    name: 'u16be',
    read: (bytes) => bytes.u16be(),
    cases: [
      [[1, 2], 0x0102],
      [[255, 255], 0xffff],
    ],
  },
  {
    name: 'i16be',
    read: (bytes) => bytes.i16be(),
    cases: [
      [[128, 0], -0x8000],
      [[127, 255], 0x7fff],
    ],
  },
  {
    name: 'u24be',
    read: (bytes) => bytes.u24be(),
    cases: [
      [[1, 2, 3], 0x010203],
      [[255, 255, 255], 0xffffff],
    ],
  },
  {
    name: 'i24be',
    read: (bytes) => bytes.i24be(),
    cases: [
      [[128, 0, 0], -0x800000],
      [[255, 255, 255], -1],
      [[127, 255, 255], 0x7fffff],
    ],
  },
  {
    name: 'u32be',
    read: (bytes) => bytes.u32be(),
    cases: [
      [[255, 255, 255, 255], 0xffffffff],
      [[0, 0, 1, 0], 256],
    ],
  },
  {
    name: 'i32be',
    read: (bytes) => bytes.i32be(),
    cases: [
      [[128, 0, 0, 0], -0x80000000],
      [[255, 255, 255, 254], -2],
    ],
  },
  { name: 'u32le', read: (bytes) => bytes.u32le(), cases: [[[1, 0, 0, 128], 0x80000001]] },
  { name: 'u64be', read: (bytes) => bytes.u64be(), cases: [[Array(8).fill(255), 0xffffffffffffffffn]] },
  { name: 'f64be', read: (bytes) => bytes.f64be(), cases: [[[0x3f, 0xf8, 0, 0, 0, 0, 0, 0], 1.5]] },
]

describe('the byte reader', () => {
  it.each(FIELDS)('reads $name, and nothing where a byte is missing', ({ read, cases }) => {
    for (const [bytes, value] of cases) {
      expect(read(reader(...bytes))).toBe(value)
      const short = reader(...bytes.slice(1))
      expect(() => read(short)).toThrow(ProtocolError)
      // What could not be read is still there.
      expect(short.offset).toBe(0)
    }
  })

  it('goes on where the last field ended', () => {
    const bytes = reader(1, 0, 2, 0, 0, 3, 4, 5)
    expect([bytes.u8(), bytes.u16be(), bytes.u24be()]).toEqual([1, 2, 3])
    expect([bytes.offset, bytes.remaining]).toEqual([6, 2])
    bytes.skip(1)
    expect(bytes.rest()).toEqual(Uint8Array.of(5))
    expect(bytes.rest()).toEqual(new Uint8Array(0))
  })

  it('reads a part of a larger buffer', () => {
    const part = new ByteReader(Uint8Array.of(9, 9, 1, 2, 9).subarray(2, 4))
    expect(part.u16be()).toBe(0x0102)
    expect(part.remaining).toBe(0)
  })

  it('gives views, not copies', () => {
    const source = Uint8Array.of(1, 2, 3)
    const view = new ByteReader(source).bytes(2)
    source[0] = 7
    expect(view).toEqual(Uint8Array.of(7, 2))
  })

  it('reads text of one byte a character', () => {
    expect(reader(0x61, 0x76, 0x63, 0xe9).ascii(4)).toBe('avc\u00e9')
  })

  it('says what it wanted and where', () => {
    const bytes = reader(1, 2, 3)
    bytes.u8()
    for (const wanted of [3, -1])
      expect(() => bytes.bytes(wanted)).toThrow(
        expect.objectContaining({ code: 'core.bytes.truncated', details: { wanted, offset: 1, left: 2 } }),
      )
    expect(() => bytes.skip(3)).toThrow('3 bytes wanted at offset 1, 2 left')
  })
})
