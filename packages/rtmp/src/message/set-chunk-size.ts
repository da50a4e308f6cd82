import { ByteWriter, ProtocolError, StateError } from '@sluice/core'

/** Set Chunk Size: the sender's chunks are this long from now on. */
export interface SetChunkSize {
  readonly type: 'set-chunk-size'
  /** Bytes, 1 to 0x7fffffff. More than the longest message (0xffffff) means "never split". */
  readonly size: number
}

const MAX_SIZE = 0x7fffffff

/**
 * Reads the payload of a Set Chunk Size message.
 *
 * @param payload - exactly 4 bytes, big-endian, top bit zero.
 * @throws {ProtocolError} `rtmp.set_chunk_size.invalid`; the session cannot continue.
 * @see Adobe RTMP 1.0 §5.4.1
 */
export function readSetChunkSize(payload: Uint8Array): SetChunkSize {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  const size = payload.length === 4 ? view.getUint32(0) : 0
  if (size < 1 || size > MAX_SIZE) {
    throw new ProtocolError(
      'rtmp.set_chunk_size.invalid',
      payload.length === 4 ? `a chunk size of ${size}` : `a chunk size in ${payload.length} bytes`,
      { details: { size, length: payload.length, limit: MAX_SIZE }, spec: 'Adobe RTMP 1.0 §5.4.1' },
    )
  }
  return { type: 'set-chunk-size', size }
}

/** @throws {StateError} `rtmp.set_chunk_size.unwritable`: a size outside 1 to 0x7fffffff. */
export function writeSetChunkSize({ size }: SetChunkSize): Uint8Array {
  if (size < 1 || size > MAX_SIZE) {
    throw new StateError('rtmp.set_chunk_size.unwritable', `a chunk size of ${size}, not 1 to ${MAX_SIZE}`)
  }
  return new ByteWriter(4).u32be(size).finish()
}
