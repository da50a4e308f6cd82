import { ByteReader, ProtocolError } from '@sluice/core'
import type { RawMessage } from '../chunk/raw-message.ts'
import { MessageType } from './message-type.ts'

/** Bytes of the back pointer after each part; its value repeats the part's size and is not checked. */
const BACK_POINTER_SIZE = 4

/**
 * Splits an aggregate message into the messages inside. Their timestamps are shifted so that the first one
 * has the aggregate's; their message stream id is the aggregate's; their payloads are views of its payload.
 *
 * @param limit - messages allowed in one aggregate.
 * @throws {ProtocolError} `rtmp.aggregate.nested`, `rtmp.aggregate.too_many_parts`, `core.bytes.truncated`.
 * @see Adobe RTMP 1.0 §7.1.6
 */
export function splitAggregate(aggregate: RawMessage, limit: number): RawMessage[] {
  const reader = new ByteReader(aggregate.payload)
  const messages: RawMessage[] = []
  let shift: number | undefined
  while (reader.remaining > 0) {
    const typeId = reader.u8()
    if (typeId === MessageType.aggregate) {
      throw new ProtocolError('rtmp.aggregate.nested', 'an aggregate message inside an aggregate message', {
        spec: 'Adobe RTMP 1.0 §7.1.6',
      })
    }
    if (messages.length >= limit) {
      throw new ProtocolError(
        'rtmp.aggregate.too_many_parts',
        `more than ${limit} messages in an aggregate`,
        {
          details: { limit },
        },
      )
    }
    const length = reader.u24be()
    const low = reader.u24be()
    const timestamp = ((reader.u8() << 24) | low) >>> 0
    reader.skip(3)
    const payload = reader.bytes(length)
    reader.skip(BACK_POINTER_SIZE)
    shift ??= aggregate.timestamp - timestamp
    messages.push({ ...aggregate, typeId, timestamp: (timestamp + shift) >>> 0, payload })
  }
  return messages
}
