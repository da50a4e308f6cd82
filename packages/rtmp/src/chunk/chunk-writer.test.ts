import { StateError, toHex } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { hex } from '../testing/bytes.ts'
import { thrown } from '../testing/errors.ts'
import { writeChunks } from './chunk-writer.ts'
import type { RawMessage } from './raw-message.ts'

function message(fields: Partial<RawMessage>): RawMessage {
  return { chunkStreamId: 4, typeId: 8, messageStreamId: 1, timestamp: 0, payload: hex('aa'), ...fields }
}

describe('chunk writer', () => {
  it.each([
    { name: 'one chunk', fields: { timestamp: 16 }, bytes: '04 000010 000001 08 01000000 aa' },
    { name: 'no payload', fields: { payload: hex('') }, bytes: '04 000000 000000 08 01000000' },
    { name: 'id 63', fields: { chunkStreamId: 63 }, bytes: '3f 000000 000001 08 01000000 aa' },
    { name: 'id 64', fields: { chunkStreamId: 64 }, bytes: '00 00 000000 000001 08 01000000 aa' },
    { name: 'id 319', fields: { chunkStreamId: 319 }, bytes: '00 ff 000000 000001 08 01000000 aa' },
    { name: 'id 320', fields: { chunkStreamId: 320 }, bytes: '01 00 01 000000 000001 08 01000000 aa' },
    { name: 'id 65599', fields: { chunkStreamId: 65599 }, bytes: '01 ff ff 000000 000001 08 01000000 aa' },
    { name: 'timestamp 0xfffffe', fields: { timestamp: 0xfffffe }, bytes: '04 fffffe 000001 08 01000000 aa' },
    {
      name: 'timestamp 0xffffff',
      fields: { timestamp: 0xffffff },
      bytes: '04 ffffff 000001 08 01000000 00ffffff aa',
    },
    {
      name: 'several chunks',
      fields: { payload: hex('0102030405') },
      bytes: '04 000000 000005 08 01000000 0102 c4 0304 c4 05',
    },
    {
      name: 'no empty chunk at the end',
      fields: { payload: hex('01020304') },
      bytes: '04 000000 000004 08 01000000 0102 c4 0304',
    },
    {
      name: 'an extended timestamp on every chunk',
      fields: { payload: hex('010203'), timestamp: 0xffffffff },
      bytes: '04 ffffff 000003 08 01000000 ffffffff 0102 c4 ffffffff 03',
    },
  ])('writes $name', ({ fields, bytes }) => {
    expect(toHex(writeChunks(message(fields), 2))).toBe(bytes.replaceAll(' ', ''))
  })

  it.each([
    { name: 'chunk stream 1', fields: { chunkStreamId: 1 }, chunkSize: 128 },
    { name: 'chunk stream 65600', fields: { chunkStreamId: 65600 }, chunkSize: 128 },
    { name: 'a timestamp of 2³²', fields: { timestamp: 2 ** 32 }, chunkSize: 128 },
    { name: 'a negative timestamp', fields: { timestamp: -1 }, chunkSize: 128 },
    { name: 'half a millisecond', fields: { timestamp: 0.5 }, chunkSize: 128 },
    { name: 'message type 256', fields: { typeId: 256 }, chunkSize: 128 },
    { name: 'a payload of 2²⁴ bytes', fields: { payload: new Uint8Array(1 << 24) }, chunkSize: 128 },
    { name: 'chunk size 0', fields: {}, chunkSize: 0 },
    { name: 'chunk size 2³¹', fields: {}, chunkSize: 2 ** 31 },
  ])('refuses $name', ({ fields, chunkSize }) => {
    expect(thrown(() => writeChunks(message(fields), chunkSize))).toBeInstanceOf(StateError)
  })
})
