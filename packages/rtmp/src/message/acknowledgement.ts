import { ByteReader, ByteWriter } from '@sluice/core'

/** Acknowledgement: how much the sender has received. */
export interface Acknowledgement {
  readonly type: 'acknowledgement'
  /** Bytes received so far, modulo 2³². */
  readonly sequenceNumber: number
}

/** @throws {ProtocolError} `core.bytes.truncated`. @see Adobe RTMP 1.0 §5.4.3 */
export function readAcknowledgement(payload: Uint8Array): Acknowledgement {
  return { type: 'acknowledgement', sequenceNumber: new ByteReader(payload).u32be() }
}

export function writeAcknowledgement({ sequenceNumber }: Acknowledgement): Uint8Array {
  return new ByteWriter(4).u32be(sequenceNumber).finish()
}
