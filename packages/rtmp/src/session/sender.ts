import { AmfObject, type AmfValue } from '@sluice/amf'
import { concatBytes } from '@sluice/core'
import { writeChunks } from '../chunk/chunk-writer.ts'
import { DEFAULT_CHUNK_SIZE } from '../chunk/raw-message.ts'
import { type Message, writeMessage } from '../message/message.ts'

/** Asked for after every piece that a publisher sends, and nearly always the answer. */
const NOTHING = new Uint8Array(0)

/** Protocol control messages belong on chunk stream 2 (§5.4). */
const CONTROL_CHUNK_STREAM = 2
const COMMAND_CHUNK_STREAM = 3
const STATUS_CHUNK_STREAM = 5

/** The information object of `onStatus` and `_error`. */
export interface Status {
  readonly level: 'status' | 'error'
  /** For example `NetStream.Publish.Start`. */
  readonly code: string
  readonly description: string
  /** Where a client that is asked to reconnect shall go. */
  readonly tcUrl?: string
}

/** Writes what the server says, and keeps the bytes until they are taken. Every timestamp is 0. */
export class Sender {
  #chunkSize = DEFAULT_CHUNK_SIZE
  #pending: Uint8Array[] = []

  /** True when nothing waits to be taken. */
  get isEmpty(): boolean {
    return this.#pending.length === 0
  }

  /** Bytes that are no chunks: the handshake. */
  raw(bytes: Uint8Array): void {
    this.#pending.push(bytes)
  }

  /** A protocol control or user control message. */
  control(message: Message): void {
    this.#send(CONTROL_CHUNK_STREAM, 0, message)
    if (message.type === 'set-chunk-size') this.#chunkSize = message.size
  }

  /** The answer `_result`; nothing where the call has transaction id 0 and wants none. */
  result(transactionId: number, ...values: AmfValue[]): void {
    if (transactionId !== 0) this.command('_result', transactionId, ...values)
  }

  /** The answer `_error`; nothing where the call has transaction id 0. */
  error(transactionId: number, code: string, description: string): void {
    if (transactionId === 0) return
    this.command('_error', transactionId, null, statusObject({ level: 'error', code, description }))
  }

  /** A command of the connection. */
  command(name: string, transactionId: number, ...values: AmfValue[]): void {
    this.#send(COMMAND_CHUNK_STREAM, 0, { type: 'command', name, transactionId, values })
  }

  /** `onStatus` on a message stream, 0 for the connection. */
  status(messageStreamId: number, status: Status): void {
    const values = [null, statusObject(status)]
    this.#send(STATUS_CHUNK_STREAM, messageStreamId, {
      type: 'command',
      name: 'onStatus',
      transactionId: 0,
      values,
    })
  }

  /** A data message on a message stream. */
  data(messageStreamId: number, ...values: AmfValue[]): void {
    this.#send(STATUS_CHUNK_STREAM, messageStreamId, { type: 'data', values })
  }

  /** Everything sent since the last call; empty when nothing is owed. */
  take(): Uint8Array {
    const pending = this.#pending
    if (pending.length === 0) return NOTHING
    this.#pending = []
    return concatBytes(pending)
  }

  #send(chunkStreamId: number, messageStreamId: number, message: Message): void {
    const raw = { chunkStreamId, messageStreamId, timestamp: 0, ...writeMessage(message) }
    this.#pending.push(writeChunks(raw, this.#chunkSize))
  }
}

/** A status as AMF. */
export function statusObject({ level, code, description, tcUrl }: Status): AmfObject {
  return AmfObject.of({ level, code, description, ...(tcUrl === undefined ? {} : { tcUrl }) })
}
