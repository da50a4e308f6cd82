import { ByteWriter, StateError } from '@sluice/core'
import { EXTENDED_TIMESTAMP, MAX_MESSAGE_BYTES, type RawMessage } from './raw-message.ts'

const MAX_CHUNK_STREAM_ID = 65_599
const MAX_CHUNK_SIZE = 0x7fffffff

/**
 * Writes a message as chunks: a type 0 header, which needs no memory of earlier messages, so that the same
 * bytes serve every receiver with this chunk size; type 3 headers for the rest.
 *
 * @param chunkSize - the size this side announced last, 1 to 0x7fffffff bytes.
 * @throws {StateError} `rtmp.chunk.unwritable`, `core.bytes.out_of_range`: a field that its place cannot hold.
 * @see Adobe RTMP 1.0 §5.3.1
 */
export function writeChunks(message: RawMessage, chunkSize: number): Uint8Array {
  const { chunkStreamId, payload, timestamp } = message
  check('chunk stream id', chunkStreamId, 2, MAX_CHUNK_STREAM_ID)
  check('chunk size', chunkSize, 1, MAX_CHUNK_SIZE)
  check('payload length', payload.length, 0, MAX_MESSAGE_BYTES)
  const isExtended = timestamp >= EXTENDED_TIMESTAMP
  const writer = new ByteWriter(payload.length + 18 + 7 * Math.floor(payload.length / chunkSize))

  writeBasicHeader(writer, 0, chunkStreamId)
  writer.u24be(isExtended ? EXTENDED_TIMESTAMP : timestamp)
  writer.u24be(payload.length).u8(message.typeId).u32le(message.messageStreamId)
  if (isExtended) writer.u32be(timestamp)
  writer.bytes(payload.subarray(0, chunkSize))

  for (let at = chunkSize; at < payload.length; at += chunkSize) {
    writeBasicHeader(writer, 3, chunkStreamId)
    if (isExtended) writer.u32be(timestamp)
    writer.bytes(payload.subarray(at, at + chunkSize))
  }
  return writer.finish()
}

/** @see Adobe RTMP 1.0 §5.3.1.1 */
function writeBasicHeader(writer: ByteWriter, type: 0 | 3, chunkStreamId: number): void {
  const high = type << 6
  if (chunkStreamId < 64) {
    writer.u8(high | chunkStreamId)
  } else if (chunkStreamId < 320) {
    writer.u8(high).u8(chunkStreamId - 64)
  } else {
    const low = (chunkStreamId - 64) & 0xff
    writer
      .u8(high | 1)
      .u8(low)
      .u8((chunkStreamId - 64) >> 8)
  }
}

function check(field: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return
  throw new StateError('rtmp.chunk.unwritable', `${field} ${value} is not within ${min} to ${max}`)
}
