import { AmfObject, type AmfValue } from '@sluice/amf'
import { concatBytes } from '@sluice/core'
import { ChunkReader } from '../chunk/chunk-reader.ts'
import { type Message, readMessage, writeMessage } from '../message/message.ts'
import type { ServerSessionEvent } from '../session/events.ts'
import { ServerSession, type ServerSessionOptions } from '../session/server-session.ts'
import { ClientChunkWriter, type Dialect } from './client-chunk-writer.ts'

/** C0 C1 C2 of the simple handshake; C2 is no echo. */
export function clientHandshake(): Uint8Array {
  const bytes = new Uint8Array(1 + 2 * 1536).fill(0x5a)
  bytes[0] = 3
  bytes.fill(0, 1, 9)
  return bytes
}

/** Random bytes that are not: the same for every session. */
export function fixedBytes(length: number): Uint8Array {
  return new Uint8Array(length).fill(0xa5)
}

export function newSession(options: Partial<ServerSessionOptions> = {}): ServerSession {
  return new ServerSession({ randomBytes: fixedBytes, ...options })
}

/** Writes what a publisher says. */
export class TestClient {
  readonly writer: ClientChunkWriter

  constructor(dialect?: Dialect) {
    this.writer = new ClientChunkWriter(dialect)
  }

  /** One message as bytes. */
  say(
    message: Message,
    address: { stream?: number; timestamp?: number; chunkStreamId?: number } = {},
  ): Uint8Array {
    const { stream = 0, timestamp = 0, chunkStreamId = 3 } = address
    const raw = { chunkStreamId, messageStreamId: stream, timestamp, ...writeMessage(message) }
    const bytes = concatBytes(this.writer.chunks(raw))
    if (message.type === 'set-chunk-size') this.writer.chunkSize = message.size
    return bytes
  }

  call(name: string, transactionId: number, ...values: AmfValue[]): Uint8Array {
    return this.say({ type: 'command', name, transactionId, values })
  }

  connect(properties: Readonly<Record<string, AmfValue>> = { app: 'live' }): Uint8Array {
    return this.call('connect', 1, AmfObject.of(properties))
  }

  publish(name: string, stream = 1): Uint8Array {
    return this.say(
      { type: 'command', name: 'publish', transactionId: 5, values: [null, name, 'live'] },
      { stream },
    )
  }

  media(type: 'audio' | 'video', timestamp: number, payload: Uint8Array, stream = 1): Uint8Array {
    return this.say({ type, payload }, { stream, timestamp, chunkStreamId: type === 'audio' ? 4 : 6 })
  }

  /** Handshake, connect, createStream: all before publish. */
  opening(properties?: Readonly<Record<string, AmfValue>>): Uint8Array {
    return concatBytes([clientHandshake(), this.connect(properties), this.call('createStream', 4, null)])
  }
}

/** Drains a session's events; decides on a publish at once where `decide` is given. */
export function drain(
  session: ServerSession,
  decide?: (session: ServerSession) => void,
): ServerSessionEvent[] {
  const events: ServerSessionEvent[] = []
  for (const event of session.events()) {
    events.push(event)
    if (event.type === 'publish-requested') decide?.(session)
  }
  return events
}

/** Gives a session bytes and drains it. */
export function feed(
  session: ServerSession,
  bytes: Uint8Array,
  decide?: (session: ServerSession) => void,
): ServerSessionEvent[] {
  session.receive(bytes)
  return drain(session, decide)
}

/** Reads what a server sends, as a client would. */
export class ServerOutput {
  readonly #reader = new ChunkReader()
  #handshake = 1 + 2 * 1536

  read(bytes: Uint8Array): Message[] {
    const skipped = Math.min(this.#handshake, bytes.length)
    this.#handshake -= skipped
    this.#reader.feed(bytes.subarray(skipped))
    const messages: Message[] = []
    for (let raw = this.#reader.read(); raw !== undefined; raw = this.#reader.read()) {
      const message = readMessage(raw)
      if (message.type === 'set-chunk-size') this.#reader.setChunkSize(message.size)
      messages.push(message)
    }
    return messages
  }
}

/** An answer in one line: `_result 4 1`, `onStatus 0 NetStream.Publish.Start`; other messages by their type. */
export function summary(message: Message): string {
  if (message.type === 'user-control') return `user-control ${message.event.kind}`
  if (message.type !== 'command') return message.type
  const last = message.values.at(-1)
  const detail = last instanceof AmfObject ? last.get('code') : last
  const text = typeof detail === 'object' ? JSON.stringify(detail) : String(detail)
  return `${message.name} ${message.transactionId} ${text}`
}
