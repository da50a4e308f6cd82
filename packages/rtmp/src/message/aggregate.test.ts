import { ByteWriter, concatBytes, ProtocolError, toHex } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import type { RawMessage } from '../chunk/raw-message.ts'
import { hex } from '../testing/bytes.ts'
import { thrown } from '../testing/errors.ts'
import { splitAggregate } from './aggregate.ts'

function part(typeId: number, timestamp: number, payload: Uint8Array): Uint8Array {
  return new ByteWriter()
    .u8(typeId)
    .u24be(payload.length)
    .u24be(timestamp % 0x1000000)
    .u8(Math.floor(timestamp / 0x1000000))
    .u24be(0)
    .bytes(payload)
    .u32be(11 + payload.length)
    .finish()
}

function aggregate(timestamp: number, ...parts: Uint8Array[]): RawMessage {
  return { chunkStreamId: 4, typeId: 22, messageStreamId: 3, timestamp, payload: concatBytes(parts) }
}

function split(message: RawMessage, limit = 100): string[] {
  return splitAggregate(message, limit).map(
    ({ typeId, messageStreamId, timestamp, payload }) =>
      `${typeId} ${messageStreamId} ${timestamp} ${toHex(payload)}`,
  )
}

describe('aggregate', () => {
  it('shifts its parts to its own time and stream', () => {
    const message = aggregate(1000, part(8, 500, hex('aa')), part(9, 520, hex('bbbb')), part(8, 490, hex('')))
    expect(split(message)).toEqual(['8 3 1000 aa', '9 3 1020 bbbb', '8 3 990 '])
  })

  it('keeps the upper byte of a timestamp, and time modulo 2³²', () => {
    const message = aggregate(
      2 ** 32 - 10,
      part(8, 0x12345678, hex('aa')),
      part(8, 0x12345678 + 15, hex('bb')),
    )
    expect(split(message)).toEqual([`8 3 ${2 ** 32 - 10} aa`, '8 3 5 bb'])
  })

  it('may be empty', () => {
    expect(split(aggregate(0))).toEqual([])
  })

  it.each([
    { name: 'cut in a header', message: aggregate(0, hex('08000001')), code: 'core.bytes.truncated' },
    {
      name: 'cut in a payload',
      message: aggregate(0, part(8, 0, hex('aabb')).subarray(0, 12)),
      code: 'core.bytes.truncated',
    },
    {
      name: 'inside an aggregate',
      message: aggregate(0, part(22, 0, hex(''))),
      code: 'rtmp.aggregate.nested',
    },
    {
      name: 'of too many parts',
      message: aggregate(0, ...Array.from({ length: 101 }, () => part(8, 0, hex('')))),
      code: 'rtmp.aggregate.too_many_parts',
    },
  ])('is refused $name', ({ message, code }) => {
    const error = thrown(() => split(message))
    expect(error).toBeInstanceOf(ProtocolError)
    expect(error).toHaveProperty('code', code)
  })
})
