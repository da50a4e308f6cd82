import { AmfEcmaArray, AmfObject } from '@sluice/amf'
import { ProtocolError, SluiceError, StateError, toHex } from '@sluice/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hex } from '../testing/bytes.ts'
import { thrown } from '../testing/errors.ts'
import { runs } from '../testing/fast-check.ts'
import { namedData } from './data.ts'
import { type Message, readMessage, writeMessage } from './message.ts'

const GOLDEN: readonly { name: string; message: Message; typeId: number; bytes: string }[] = [
  { name: 'Set Chunk Size', message: { type: 'set-chunk-size', size: 4096 }, typeId: 1, bytes: '00001000' },
  {
    name: 'the smallest chunk size',
    message: { type: 'set-chunk-size', size: 1 },
    typeId: 1,
    bytes: '00000001',
  },
  {
    name: 'the largest chunk size',
    message: { type: 'set-chunk-size', size: 0x7fffffff },
    typeId: 1,
    bytes: '7fffffff',
  },
  { name: 'Abort', message: { type: 'abort', chunkStreamId: 4 }, typeId: 2, bytes: '00000004' },
  {
    name: 'Acknowledgement',
    message: { type: 'acknowledgement', sequenceNumber: 2 ** 32 - 1 },
    typeId: 3,
    bytes: 'ffffffff',
  },
  {
    name: 'Window Acknowledgement Size',
    message: { type: 'window-acknowledgement-size', size: 2_500_000 },
    typeId: 5,
    bytes: '002625a0',
  },
  {
    name: 'Set Peer Bandwidth, hard',
    message: { type: 'set-peer-bandwidth', size: 1, limit: 'hard' },
    typeId: 6,
    bytes: '00000001 00',
  },
  {
    name: 'Set Peer Bandwidth, dynamic',
    message: { type: 'set-peer-bandwidth', size: 1, limit: 'dynamic' },
    typeId: 6,
    bytes: '00000001 02',
  },
  {
    name: 'Stream Begin',
    message: { type: 'user-control', event: { kind: 'stream-begin', messageStreamId: 1 } },
    typeId: 4,
    bytes: '0000 00000001',
  },
  {
    name: 'Stream EOF',
    message: { type: 'user-control', event: { kind: 'stream-eof', messageStreamId: 1 } },
    typeId: 4,
    bytes: '0001 00000001',
  },
  {
    name: 'Stream Dry',
    message: { type: 'user-control', event: { kind: 'stream-dry', messageStreamId: 1 } },
    typeId: 4,
    bytes: '0002 00000001',
  },
  {
    name: 'Set Buffer Length',
    message: {
      type: 'user-control',
      event: { kind: 'set-buffer-length', messageStreamId: 1, bufferLength: 3000 },
    },
    typeId: 4,
    bytes: '0003 00000001 00000bb8',
  },
  {
    name: 'Stream Is Recorded',
    message: { type: 'user-control', event: { kind: 'stream-is-recorded', messageStreamId: 1 } },
    typeId: 4,
    bytes: '0004 00000001',
  },
  {
    name: 'Ping Request',
    message: { type: 'user-control', event: { kind: 'ping-request', timestamp: 7 } },
    typeId: 4,
    bytes: '0006 00000007',
  },
  {
    name: 'Ping Response',
    message: { type: 'user-control', event: { kind: 'ping-response', timestamp: 7 } },
    typeId: 4,
    bytes: '0007 00000007',
  },
  {
    name: 'an unknown user control event',
    message: { type: 'user-control', event: { kind: 'unknown', eventType: 26, data: hex('0102') } },
    typeId: 4,
    bytes: '001a 0102',
  },
  {
    name: 'a command',
    message: { type: 'command', name: 'createStream', transactionId: 4, values: [null] },
    typeId: 20,
    bytes: '02 000c 63726561746553747265616d 00 4010000000000000 05',
  },
  {
    name: 'a data message',
    message: { type: 'data', values: ['onMetaData', AmfEcmaArray.of({ width: 1 })] },
    typeId: 18,
    bytes: '02 000a 6f6e4d65746144617461 08 00000001 0005 7769647468 00 3ff0000000000000 000009',
  },
  { name: 'audio', message: { type: 'audio', payload: hex('af00') }, typeId: 8, bytes: 'af00' },
  { name: 'empty audio', message: { type: 'audio', payload: hex('') }, typeId: 8, bytes: '' },
  { name: 'video', message: { type: 'video', payload: hex('1700') }, typeId: 9, bytes: '1700' },
  { name: 'an aggregate', message: { type: 'aggregate', payload: hex('08') }, typeId: 22, bytes: '08' },
  {
    name: 'a shared object',
    message: { type: 'unknown', typeId: 19, payload: hex('01') },
    typeId: 19,
    bytes: '01',
  },
]

describe('messages', () => {
  it.each(GOLDEN)('$name', ({ message, typeId, bytes }) => {
    expect(readMessage({ typeId, payload: hex(bytes) })).toStrictEqual(message)
    const written = writeMessage(message)
    expect({ ...written, payload: toHex(written.payload) }).toEqual({
      typeId,
      payload: bytes.replaceAll(' ', ''),
    })
  })

  it('reads AMF3 commands and data as AMF0 after their format byte, which may be missing', () => {
    const command = { type: 'command', name: 'a', transactionId: 1, values: [null] }
    const data = { type: 'data', values: ['a'] }
    expect(readMessage({ typeId: 17, payload: hex('00 02000161 003ff0000000000000 05') })).toEqual(command)
    expect(readMessage({ typeId: 17, payload: hex('02000161 003ff0000000000000 05') })).toEqual(command)
    expect(readMessage({ typeId: 15, payload: hex('00 02000161') })).toEqual(data)
    expect(readMessage({ typeId: 15, payload: hex('02000161') })).toEqual(data)
  })

  it('reads AMF3 values behind their marker in both kinds of commands and data', () => {
    const payload = '02000161 003ff0000000000000 11 0a0b01 036b 0401 01'
    const command = { type: 'command', name: 'a', transactionId: 1, values: [AmfObject.of({ k: 1 })] }
    expect(readMessage({ typeId: 17, payload: hex(`00 ${payload}`) })).toEqual(command)
    expect(readMessage({ typeId: 20, payload: hex(payload) })).toEqual(command)
    const all = hex('00 11 0603 61 11 0401 05')
    expect(readMessage({ typeId: 17, payload: all })).toEqual({ ...command, values: [null] })
    const data = { type: 'data', values: ['a', AmfObject.of({ k: 1 })] }
    expect(readMessage({ typeId: 15, payload: hex('00 02000161 11 0a0b01 036b 0401 01') })).toEqual(data)
  })

  it.each([
    { name: 'chunk size 0', typeId: 1, bytes: '00000000', code: 'rtmp.set_chunk_size.invalid' },
    { name: 'chunk size 2³¹', typeId: 1, bytes: '80000000', code: 'rtmp.set_chunk_size.invalid' },
    { name: 'a chunk size in 3 bytes', typeId: 1, bytes: '001000', code: 'rtmp.set_chunk_size.invalid' },
    { name: 'a chunk size in 5 bytes', typeId: 1, bytes: '0000100000', code: 'rtmp.set_chunk_size.invalid' },
    { name: 'a cut acknowledgement', typeId: 3, bytes: '0000', code: 'core.bytes.truncated' },
    { name: 'a cut ping', typeId: 4, bytes: '0006 0000', code: 'core.bytes.truncated' },
    { name: 'limit type 3', typeId: 6, bytes: '00000001 03', code: 'rtmp.set_peer_bandwidth.bad_limit' },
    { name: 'an empty command', typeId: 20, bytes: '', code: 'rtmp.command.malformed' },
    { name: 'a command without id', typeId: 20, bytes: '02000161', code: 'rtmp.command.malformed' },
    { name: 'a command named 1', typeId: 20, bytes: '003ff0000000000000', code: 'rtmp.command.malformed' },
    {
      name: 'a command nested 1 000 deep',
      typeId: 20,
      bytes: `02000161 003ff0000000000000 ${'0a00000001'.repeat(1_000)}05`,
      code: 'amf.too_deep',
    },
  ])('refuses $name', ({ typeId, bytes, code }) => {
    const error = thrown(() => readMessage({ typeId, payload: hex(bytes) }))
    expect(error).toBeInstanceOf(ProtocolError)
    expect(error).toHaveProperty('code', code)
  })

  it.each([0, -1, 0.5, 2 ** 31])('refuses to write chunk size %d', (size) => {
    expect(thrown(() => writeMessage({ type: 'set-chunk-size', size }))).toBeInstanceOf(StateError)
  })

  it('turns arbitrary payloads into a message or a declared error', () => {
    fc.assert(
      fc.property(fc.nat(25), fc.uint8Array({ maxLength: 60 }), (typeId, payload) => {
        let message: Message | undefined
        try {
          message = readMessage({ typeId, payload })
        } catch (error) {
          if (!(error instanceof SluiceError) || error instanceof StateError) throw error
        }
        expect(message === undefined || typeof message.type === 'string').toBe(true)
      }),
      runs(500),
    )
  })
})

describe('the name of data', () => {
  const properties = AmfObject.of({ width: 320 })

  it.each([
    {
      name: 'metadata of OBS and ffmpeg',
      values: ['@setDataFrame', 'onMetaData', properties],
      found: { name: 'onMetaData', values: [properties] },
    },
    {
      name: 'metadata without @setDataFrame',
      values: ['onMetaData', properties, 1],
      found: { name: 'onMetaData', values: [properties, 1] },
    },
    {
      name: 'metadata taken back',
      values: ['@clearDataFrame', 'onMetaData'],
      found: { name: '@clearDataFrame', values: ['onMetaData'] },
    },
    { name: 'a handler alone', values: ['onTextData'], found: { name: 'onTextData', values: [] } },
    { name: '@setDataFrame alone', values: ['@setDataFrame'], found: undefined },
    { name: 'no name', values: [1, 'onTextData'], found: undefined },
    { name: 'an empty message', values: [], found: undefined },
  ])('$name', ({ values, found }) => {
    expect(namedData({ type: 'data', values })).toEqual(found)
  })
})
