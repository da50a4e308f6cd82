import { concatBytes, equalBytes, ProtocolError, StateError, toHex } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { hex, piecesOf } from '../testing/bytes.ts'
import { thrown } from '../testing/errors.ts'
import { DEFAULT_CHUNK_LIMITS } from './chunk-limits.ts'
import { ChunkReader } from './chunk-reader.ts'
import { writeChunks } from './chunk-writer.ts'
import type { RawMessage } from './raw-message.ts'

/** One message in a line: chunk stream, type, message stream, timestamp, payload. */
function line({ chunkStreamId, typeId, messageStreamId, timestamp, payload }: RawMessage): string {
  return `${chunkStreamId} ${typeId} ${messageStreamId} ${timestamp} ${toHex(payload)}`
}

function readAll(reader: ChunkReader, pieces: Iterable<Uint8Array>): string[] {
  const messages: string[] = []
  for (const piece of pieces) {
    const borrowed = Uint8Array.from(piece)
    reader.feed(borrowed)
    for (let message = reader.read(); message !== undefined; message = reader.read())
      messages.push(line(message))
    borrowed.fill(0xee)
  }
  return messages
}

const GOLDEN: readonly { name: string; bytes: string; messages: readonly string[] }[] = [
  { name: 'type 0', bytes: '03 000010 000002 14 01000000 abcd', messages: ['3 20 1 16 abcd'] },
  { name: 'an empty message', bytes: '04 000010 000000 08 01000000', messages: ['4 8 1 16 '] },
  { name: 'id 63', bytes: '3f 000000 000001 08 00000000 aa', messages: ['63 8 0 0 aa'] },
  { name: 'id 64', bytes: '00 00 000000 000001 08 00000000 aa', messages: ['64 8 0 0 aa'] },
  { name: 'id 319', bytes: '00 ff 000000 000001 08 00000000 aa', messages: ['319 8 0 0 aa'] },
  {
    name: 'id 320, little end first',
    bytes: '01 00 01 000000 000001 08 00000000 aa',
    messages: ['320 8 0 0 aa'],
  },
  { name: 'id 65599', bytes: '01 ff ff 000000 000001 08 00000000 aa', messages: ['65599 8 0 0 aa'] },
  {
    name: 'id 64 in the three-byte form',
    bytes: '01 00 00 000000 000001 08 00000000 aa',
    messages: ['64 8 0 0 aa'],
  },
  {
    name: 'type 1, 2 and 3 headers',
    bytes: '04 000010 000001 08 01000000 aa  44 000005 000002 09 bbbb  84 000007 cccc  c4 dddd  c4 eeee',
    messages: ['4 8 1 16 aa', '4 9 1 21 bbbb', '4 9 1 28 cccc', '4 9 1 35 dddd', '4 9 1 42 eeee'],
  },
  {
    name: 'type 3 after type 0: the delta is the timestamp (§5.3.1.2.4)',
    bytes: '04 000010 000001 08 01000000 aa  c4 bb',
    messages: ['4 8 1 16 aa', '4 8 1 32 bb'],
  },
  {
    name: 'message stream id, little end first',
    bytes: '04 000000 000001 08 04030201 aa',
    messages: [`4 8 ${0x01020304} 0 aa`],
  },
  {
    name: 'two chunk streams, interleaved',
    bytes: `04 000000 000081 09 01000000 ${'11'.repeat(128)} 05 000000 000082 08 01000000 ${'22'.repeat(128)} c4 11 c5 2222`,
    messages: [`4 9 1 0 ${'11'.repeat(129)}`, `5 8 1 0 ${'22'.repeat(130)}`],
  },
  {
    name: 'timestamp 0xfffffe without extension',
    bytes: '04 fffffe 000001 08 01000000 aa',
    messages: [`4 8 1 ${0xfffffe} aa`],
  },
  {
    name: 'timestamp 0xffffff with extension',
    bytes: '04 ffffff 000001 08 01000000 00ffffff aa',
    messages: [`4 8 1 ${0xffffff} aa`],
  },
  {
    name: 'the wrap at 2³²',
    bytes: '04 ffffff 000001 08 01000000 ffffffff aa  84 000002 bb',
    messages: [`4 8 1 ${0xffffffff} aa`, '4 8 1 1 bb'],
  },
  {
    name: 'an extended delta',
    bytes: '04 000001 000001 08 01000000 aa  84 ffffff 01000000 bb',
    messages: ['4 8 1 1 aa', `4 8 1 ${0x01000001} bb`],
  },
  {
    name: 'an extended timestamp repeated on type 3',
    bytes: `04 ffffff 000081 09 01000000 01020304 ${'11'.repeat(128)} c4 01020304 11`,
    messages: [`4 9 1 ${0x01020304} ${'11'.repeat(129)}`],
  },
  {
    name: 'an extended timestamp left out on type 3',
    bytes: `04 ffffff 000081 09 01000000 01020304 ${'11'.repeat(128)} c4 22`,
    messages: [`4 9 1 ${0x01020304} ${'11'.repeat(128)}22`],
  },
  {
    name: 'an extended timestamp left out before bytes that begin like it',
    bytes: `04 ffffff 000083 09 01000000 01020304 ${'11'.repeat(128)} c4 010205`,
    messages: [`4 9 1 ${0x01020304} ${'11'.repeat(128)}010205`],
  },
  {
    name: 'a type 3 that begins a message after an extended timestamp',
    bytes: '04 ffffff 000001 08 01000000 01000000 aa  c4 01000000 bb',
    messages: [`4 8 1 ${0x01000000} aa`, `4 8 1 ${0x02000000} bb`],
  },
  {
    name: 'no extension on type 3 once a header has none',
    bytes: '04 ffffff 000001 08 01000000 01000000 aa  84 000001 bb  c4 cc',
    messages: [`4 8 1 ${0x01000000} aa`, `4 8 1 ${0x01000001} bb`, `4 8 1 ${0x01000002} cc`],
  },
]

describe('chunk reader', () => {
  it.each(GOLDEN)('reads $name', ({ bytes, messages }) => {
    for (const size of [1, 2, 3, 5, 100_000]) {
      expect(readAll(new ChunkReader(), piecesOf(hex(bytes), size))).toEqual(messages)
    }
  })

  it('takes a new chunk size from the next chunk on, also in the middle of a message', () => {
    const reader = new ChunkReader()
    const first = hex(
      `04 000000 000190 09 01000000 ${'11'.repeat(128)} 02 000000 000004 01 00000000 00000100`,
    )
    expect(readAll(reader, [first])).toEqual(['2 1 0 0 00000100'])
    reader.setChunkSize(256)
    const rest = hex(`c4 ${'22'.repeat(256)} c4 ${'33'.repeat(16)}`)
    expect(readAll(reader, [rest])).toEqual([
      `4 9 1 0 ${'11'.repeat(128)}${'22'.repeat(256)}${'33'.repeat(16)}`,
    ])
  })

  it('drops the message of an aborted chunk stream', () => {
    const reader = new ChunkReader()
    readAll(reader, [hex(`04 000000 000081 09 01000000 ${'11'.repeat(128)}`)])
    reader.abort(4)
    reader.abort(5)
    expect(reader.discarded).toBe(1)
    expect(readAll(reader, [hex(`c4 ${'22'.repeat(128)} c4 33`)])).toEqual([`4 9 1 0 ${'22'.repeat(128)}33`])
  })

  it('gives up a message that a new header interrupts', () => {
    const reader = new ChunkReader()
    const messages = readAll(reader, [
      hex(`04 000000 000081 09 01000000 ${'11'.repeat(128)} 04 000007 000001 08 01000000 aa`),
    ])
    expect(messages).toEqual(['4 8 1 7 aa'])
    expect(reader.discarded).toBe(1)
  })

  it.each(['44 000000 000001 08 aa', '84 000000', 'c4'])(
    'refuses %s on a chunk stream never used before',
    (bytes) => {
      const error = thrown(() => readAll(new ChunkReader(), [hex(bytes)]))
      expect(error).toBeInstanceOf(ProtocolError)
      expect(error).toHaveProperty('code', 'rtmp.chunk.no_previous_header')
    },
  )

  it('refuses a message longer than the limit before it has memory', () => {
    const reader = new ChunkReader({ ...DEFAULT_CHUNK_LIMITS, messageBytes: 10 })
    expect(readAll(reader, [hex('04 000000 00000a 09 01000000 00000000000000000000')])).toHaveLength(1)
    expect(thrown(() => readAll(reader, [hex('04 000000 00000b 09 01000000')]))).toHaveProperty(
      'code',
      'rtmp.chunk.body_too_large',
    )
  })

  it('refuses more chunk streams than the limit', () => {
    const reader = new ChunkReader({ ...DEFAULT_CHUNK_LIMITS, chunkStreams: 2 })
    readAll(reader, [hex('04 000000 000001 08 01000000 aa 05 000000 000001 08 01000000 aa')])
    readAll(reader, [hex('c4 bb c5 bb')])
    expect(thrown(() => readAll(reader, [hex('06 000000 000001 08 01000000')]))).toHaveProperty(
      'code',
      'rtmp.chunk.too_many_streams',
    )
  })

  it('refuses more incomplete messages than the limit, and counts complete ones no longer', () => {
    const reader = new ChunkReader({ ...DEFAULT_CHUNK_LIMITS, partialBytes: 300 })
    const begin = (id: string): Uint8Array => hex(`${id} 000000 000081 09 01000000 ${'11'.repeat(128)}`)
    for (let i = 0; i < 5; i++) {
      readAll(reader, [begin('04'), begin('05'), hex('c4 11')])
      reader.abort(5)
    }
    readAll(reader, [begin('04'), begin('05')])
    expect(thrown(() => readAll(reader, [begin('06')]))).toHaveProperty('code', 'rtmp.chunk.too_much_partial')
  })

  it('reserves memory for a large message as it comes', () => {
    const before = process.memoryUsage().arrayBuffers
    const reader = new ChunkReader()
    readAll(reader, [hex('04 000000 ffffff 09 01000000 17')])
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20)
  })

  it.each([1 << 18, (1 << 18) + 1, 3_000_000])('reads a message of %i bytes in any pieces', (length) => {
    const payload = Uint8Array.from({ length }, (_, i) => i * 31)
    const address = { chunkStreamId: 4, messageStreamId: 1, timestamp: 0, typeId: 9 }
    const bytes = writeChunks({ ...address, payload }, 65_536)
    for (const size of [1_460, 65_536, bytes.length]) {
      const reader = new ChunkReader()
      reader.setChunkSize(65_536)
      const messages = [...piecesOf(bytes, size)].map((piece) => {
        reader.feed(piece)
        return reader.read()
      })
      expect(messages.slice(0, -1).every((message) => message === undefined)).toBe(true)
      expect(equalBytes(messages.at(-1)?.payload ?? new Uint8Array(), payload)).toBe(true)
    }
  })

  it('hands out payloads that outlive the received bytes', () => {
    const reader = new ChunkReader()
    const received = hex('04 000000 000002 08 01000000 abcd')
    reader.feed(received)
    const message = reader.read()
    received.fill(0)
    expect(toHex(message?.payload ?? new Uint8Array())).toBe('abcd')
  })

  it('gives back what is unread', () => {
    const reader = new ChunkReader()
    const one = hex('04 000000 000001 08 01000000 aa')
    reader.feed(concatBytes([one, one]))
    reader.read()
    expect(reader.unread).toBe(one.length)
    expect(thrown(() => reader.feed(one))).toBeInstanceOf(StateError)
    const unread = reader.takeUnread()
    expect(reader.read()).toBeUndefined()
    reader.feed(unread)
    expect(reader.read()).toBeDefined()
  })
})
