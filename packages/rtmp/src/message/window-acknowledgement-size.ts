import { ByteReader, ByteWriter } from '@sluice/core'

/** Window Acknowledgement Size: acknowledge at least once in as many bytes. */
export interface WindowAcknowledgementSize {
  readonly type: 'window-acknowledgement-size'
  /** Bytes. */
  readonly size: number
}

/** @throws {ProtocolError} `core.bytes.truncated`. @see Adobe RTMP 1.0 §5.4.4 */
export function readWindowAcknowledgementSize(payload: Uint8Array): WindowAcknowledgementSize {
  return { type: 'window-acknowledgement-size', size: new ByteReader(payload).u32be() }
}

export function writeWindowAcknowledgementSize({ size }: WindowAcknowledgementSize): Uint8Array {
  return new ByteWriter(4).u32be(size).finish()
}
