import { expect, it } from 'vitest'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'

it('keeps every field that crosses the end of its capacity', () => {
  for (let capacity = 0; capacity <= 40; capacity++) {
    const writer = new ByteWriter(capacity)
    writer.u8(1).u16be(2).i16be(-3).u24be(4).i24be(-5).u32be(6).i32be(-7).u32le(8).u64be(9).f64be(10)
    const reader = new ByteReader(writer.finish())
    expect([reader.u8(), reader.u16be(), reader.i16be(), reader.u24be(), reader.i24be()]).toEqual([
      1, 2, -3, 4, -5,
    ])
    expect([reader.u32be(), reader.i32be(), reader.u32le(), reader.u64be(), reader.f64be()]).toEqual([
      6,
      -7,
      8,
      9n,
      10,
    ])
    expect(reader.remaining).toBe(0)
  }
})
