import { assertNever, ByteReader, ByteWriter } from '@sluice/core'

const EventType = {
  streamBegin: 0,
  streamEof: 1,
  streamDry: 2,
  setBufferLength: 3,
  streamIsRecorded: 4,
  pingRequest: 6,
  pingResponse: 7,
} as const

/** What a User Control message says. Streams are message stream ids. */
export type UserControlEvent =
  | { readonly kind: 'stream-begin'; readonly messageStreamId: number }
  | { readonly kind: 'stream-eof'; readonly messageStreamId: number }
  | { readonly kind: 'stream-dry'; readonly messageStreamId: number }
  /** A player's buffer, in milliseconds. */
  | { readonly kind: 'set-buffer-length'; readonly messageStreamId: number; readonly bufferLength: number }
  | { readonly kind: 'stream-is-recorded'; readonly messageStreamId: number }
  /** The sender's clock in milliseconds, 32 bits; the answer repeats it. */
  | { readonly kind: 'ping-request'; readonly timestamp: number }
  | { readonly kind: 'ping-response'; readonly timestamp: number }
  /** Anything else, for example SWF verification (26, 27). */
  | { readonly kind: 'unknown'; readonly eventType: number; readonly data: Uint8Array }

/** User Control: events about a stream, and pings. */
export interface UserControl {
  readonly type: 'user-control'
  readonly event: UserControlEvent
}

/** @throws {ProtocolError} `core.bytes.truncated`. @see Adobe RTMP 1.0 §6.2, §7.1.7 */
export function readUserControl(payload: Uint8Array): UserControl {
  return { type: 'user-control', event: readEvent(new ByteReader(payload)) }
}

function readEvent(reader: ByteReader): UserControlEvent {
  const eventType = reader.u16be()
  switch (eventType) {
    case EventType.streamBegin:
      return { kind: 'stream-begin', messageStreamId: reader.u32be() }
    case EventType.streamEof:
      return { kind: 'stream-eof', messageStreamId: reader.u32be() }
    case EventType.streamDry:
      return { kind: 'stream-dry', messageStreamId: reader.u32be() }
    case EventType.setBufferLength:
      return { kind: 'set-buffer-length', messageStreamId: reader.u32be(), bufferLength: reader.u32be() }
    case EventType.streamIsRecorded:
      return { kind: 'stream-is-recorded', messageStreamId: reader.u32be() }
    case EventType.pingRequest:
      return { kind: 'ping-request', timestamp: reader.u32be() }
    case EventType.pingResponse:
      return { kind: 'ping-response', timestamp: reader.u32be() }
    default:
      return { kind: 'unknown', eventType, data: reader.rest() }
  }
}

export function writeUserControl({ event }: UserControl): Uint8Array {
  const writer = new ByteWriter(10)
  switch (event.kind) {
    case 'stream-begin':
      return writer.u16be(EventType.streamBegin).u32be(event.messageStreamId).finish()
    case 'stream-eof':
      return writer.u16be(EventType.streamEof).u32be(event.messageStreamId).finish()
    case 'stream-dry':
      return writer.u16be(EventType.streamDry).u32be(event.messageStreamId).finish()
    case 'set-buffer-length':
      writer.u16be(EventType.setBufferLength).u32be(event.messageStreamId)
      return writer.u32be(event.bufferLength).finish()
    case 'stream-is-recorded':
      return writer.u16be(EventType.streamIsRecorded).u32be(event.messageStreamId).finish()
    case 'ping-request':
      return writer.u16be(EventType.pingRequest).u32be(event.timestamp).finish()
    case 'ping-response':
      return writer.u16be(EventType.pingResponse).u32be(event.timestamp).finish()
    case 'unknown':
      return writer.u16be(event.eventType).bytes(event.data).finish()
    default:
      return assertNever(event)
  }
}
