import { concatBytes, ProtocolError, toHex } from '@sluice/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { cutAt } from '../testing/bytes.ts'
import { ClientChunkWriter } from '../testing/client-chunk-writer.ts'
import { runs } from '../testing/fast-check.ts'
import { ChunkReader } from './chunk-reader.ts'
import { writeChunks } from './chunk-writer.ts'
import type { RawMessage } from './raw-message.ts'

const chunkStreamId = fc.oneof(
  fc.constantFrom(2, 3, 63, 64, 319, 320, 65_599),
  fc.integer({ min: 2, max: 65_599 }),
)
const timestamp = fc.oneof(
  fc.constantFrom(0, 1, 0xfffffe, 0xffffff, 0x1000000, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1),
  fc.nat(0xffffffff),
  fc.nat(5_000),
)
const chunkSize = fc.oneof(fc.constantFrom(1, 128, 4096, 0x7fffffff), fc.integer({ min: 1, max: 300 }))
const message: fc.Arbitrary<RawMessage> = fc.record({
  chunkStreamId,
  typeId: fc.nat(255),
  messageStreamId: fc.oneof(fc.constantFrom(0, 1, 2 ** 32 - 1), fc.nat(0xffffffff)),
  timestamp,
  payload: fc.oneof(
    fc.uint8Array({ maxLength: 700 }),
    fc.nat(3).map((length) => new Uint8Array(length).fill(9)),
  ),
})
const cuts = fc.array(fc.nat(5_000), { maxLength: 40 })

/** Everything comparable about a message. */
function plain(message: RawMessage): object {
  return { ...message, payload: toHex(message.payload) }
}

function readAll(reader: ChunkReader, pieces: Iterable<Uint8Array>): object[] {
  const messages: object[] = []
  for (const piece of pieces) {
    reader.feed(piece)
    for (let raw = reader.read(); raw !== undefined; raw = reader.read()) messages.push(plain(raw))
  }
  return messages
}

function newReader(size: number): ChunkReader {
  const reader = new ChunkReader()
  reader.setChunkSize(size)
  return reader
}

it('reads what it wrote, however it is cut', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 8 }), chunkSize, cuts, (messages, size, places) => {
      const bytes = concatBytes(messages.map((one) => writeChunks(one, size)))
      expect(readAll(newReader(size), cutAt(bytes, places))).toEqual(messages.map(plain))
    }),
    runs(300),
  )
})

it('reads every spelling of headers, interleaved and cut anywhere', () => {
  // Few ids, types and payload lengths, so that headers of all types come out.
  const similar = fc.record({
    chunkStreamId: fc.constantFrom(3, 64, 320),
    typeId: fc.constantFrom(8, 9),
    messageStreamId: fc.constantFrom(1, 2),
    timestamp,
    payload: fc.constantFrom(0, 1, 200, 600).map((length) => new Uint8Array(length).fill(0x42)),
  })
  const dialect = fc.record({ compress: fc.boolean(), omitRepeatedTimestamp: fc.boolean() })
  fc.assert(
    fc.property(
      fc.array(similar, { maxLength: 20 }),
      dialect,
      fc.integer({ min: 50, max: 700 }),
      fc.infiniteStream(fc.nat(100)),
      cuts,
      (messages, spelling, size, choices, places) => {
        const writer = new ClientChunkWriter(spelling)
        writer.chunkSize = size
        const queues = new Map<number, { chunk: Uint8Array; ends: RawMessage | undefined }[]>()
        for (const one of messages) {
          const queue = queues.get(one.chunkStreamId) ?? []
          const chunks = writer.chunks(one)
          chunks.forEach((chunk, i) => {
            queue.push({ chunk, ends: i === chunks.length - 1 ? one : undefined })
          })
          queues.set(one.chunkStreamId, queue)
        }
        const bytes: Uint8Array[] = []
        const expected: object[] = []
        while (queues.size > 0) {
          const ids = [...queues.keys()]
          const id = ids[(choices.next().value ?? 0) % ids.length] ?? 0
          const next = queues.get(id)?.shift()
          if (next === undefined) {
            queues.delete(id)
            continue
          }
          bytes.push(next.chunk)
          if (next.ends !== undefined) expected.push(plain(next.ends))
        }
        expect(readAll(newReader(size), cutAt(concatBytes(bytes), places))).toEqual(expected)
      },
    ),
    runs(300),
  )
})

it('turns arbitrary bytes into messages or a declared error, the same for every cut', () => {
  const outcome = (pieces: Iterable<Uint8Array>): { messages: object[]; code: string | undefined } => {
    const reader = newReader(16)
    const messages: object[] = []
    try {
      for (const piece of pieces) messages.push(...readAll(reader, [piece]))
    } catch (error) {
      if (error instanceof ProtocolError) return { messages: [], code: error.code }
      throw error
    }
    return { messages, code: undefined }
  }
  // Small numbers make headers that repeat each other's chunk streams and short messages.
  const small = fc.array(fc.constantFrom(0, 0, 0, 1, 2, 3, 0x43, 0x83, 0xc3, 0xff), { maxLength: 200 })
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    small.map((values) => Uint8Array.from(values)),
  )
  fc.assert(
    fc.property(bytes, cuts, (input, places) => {
      expect(outcome(cutAt(input, places))).toEqual(outcome([input]))
    }),
    runs(500),
  )
})
