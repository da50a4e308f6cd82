import { ChunkReader, MessageType, writeChunks } from '@sluice/rtmp'
import type { BenchCase } from '../support/bench-case.ts'
import { measureOperations } from '../support/micro.ts'
import { seededBytes, seededRandom } from '../support/seeded.ts'

const CHUNK_SIZES = [128, 4096] as const
/** As sockets deliver them. */
const PIECE = 65_536
const MESSAGES = 600

/** Chunk stream to messages: ten seconds of 1080p60 at 6 Mbit/s, read over and over. */
export const rtmpChunkRead: BenchCase = {
  name: 'rtmp/chunk-read',
  summary: 'RTMP chunks to messages, 1080p60 at 6 Mbit/s, by chunk size',
  run: async (options, report) => {
    for (const chunkSize of CHUNK_SIZES) {
      const { stream, payloadBytes } = recording(chunkSize)
      measureOperations(report, options, {
        subject: `chunks of ${chunkSize} bytes`,
        operations: MESSAGES,
        bytes: payloadBytes,
        run: () => readAll(stream, chunkSize),
      })
    }
  },
}

function recording(chunkSize: number): { stream: Uint8Array; payloadBytes: number } {
  const random = seededRandom(1)
  const chunks: Uint8Array[] = []
  let payloadBytes = 0
  for (let index = 0; index < MESSAGES; index++) {
    const payload = seededBytes(random, 6_000 + Math.floor(random() * 13_000))
    payloadBytes += payload.length
    const timestamp = Math.round((index * 1000) / 60)
    chunks.push(
      writeChunks(
        { chunkStreamId: 4, typeId: MessageType.video, messageStreamId: 1, timestamp, payload },
        chunkSize,
      ),
    )
  }
  return { stream: Buffer.concat(chunks), payloadBytes }
}

function readAll(stream: Uint8Array, chunkSize: number): void {
  const reader = new ChunkReader()
  reader.setChunkSize(chunkSize)
  let messages = 0
  for (let at = 0; at < stream.length; at += PIECE) {
    reader.feed(stream.subarray(at, at + PIECE))
    while (reader.read() !== undefined) messages += 1
  }
  if (messages !== MESSAGES) throw new Error(`${messages} messages were read, not ${MESSAGES}`)
}
