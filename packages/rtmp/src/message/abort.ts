import { ByteReader, ByteWriter } from '@sluice/core'

/** Abort: drop the message under way on a chunk stream. */
export interface Abort {
  readonly type: 'abort'
  readonly chunkStreamId: number
}

/** @throws {ProtocolError} `core.bytes.truncated`. @see Adobe RTMP 1.0 §5.4.2 */
export function readAbort(payload: Uint8Array): Abort {
  return { type: 'abort', chunkStreamId: new ByteReader(payload).u32be() }
}

export function writeAbort({ chunkStreamId }: Abort): Uint8Array {
  return new ByteWriter(4).u32be(chunkStreamId).finish()
}
