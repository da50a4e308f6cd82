import { type AmfValue, readAmf0Values, writeAmf0 } from '@sluice/amf'
import { ProtocolError, SluiceError, UnsupportedError } from '@sluice/core'

/** Bytes of one data entry. Captions and cue points have some hundred. */
export const DATA_ENTRY_BYTES = 65_536

/**
 * The payload of a data entry: the handler's name and its arguments as AMF0, which is the body of an FLV script tag and of an RTMP
 * data message. What AMF0 has no type for stands in it as AMF3.
 *
 * @throws {ProtocolError} `broadcast.data.too_large`: more than `DATA_ENTRY_BYTES`.
 * @throws {UnsupportedError} `broadcast.data.unwritable`: values that cannot be written, or not so that they are read again.
 */
export function dataPayload(name: string, values: readonly AmfValue[]): Uint8Array {
  const payload = written(name, values)
  const { length } = payload
  if (length > DATA_ENTRY_BYTES)
    throw new ProtocolError(
      'broadcast.data.too_large',
      `a data message of ${length} bytes, the limit is ${DATA_ENTRY_BYTES}`,
      { details: { length, limit: DATA_ENTRY_BYTES } },
    )
  return payload
}

/** Text that was no UTF-8 is longer when it is written again: it may pass limits of AMF0, and those that readers have. */
function written(name: string, values: readonly AmfValue[]): Uint8Array {
  try {
    const payload = writeAmf0([name, ...values])
    if (payload.length <= DATA_ENTRY_BYTES) readAmf0Values(payload)
    return payload
  } catch (cause) {
    if (!(cause instanceof SluiceError)) throw cause
    throw new UnsupportedError(
      'broadcast.data.unwritable',
      `a data message cannot be passed on: ${cause.message}`,
      { cause },
    )
  }
}
