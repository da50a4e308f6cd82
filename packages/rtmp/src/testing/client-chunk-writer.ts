import { ByteWriter } from '@sluice/core'
import type { RawMessage } from '../chunk/raw-message.ts'

interface Sent {
  message: RawMessage
  /** What a type 3 chunk that begins a message would add; undefined where a receiver could not know. */
  delta: number
  extended: number | undefined
}

/** How a sender spells what the format leaves open. */
export interface Dialect {
  /** Uses the shortest header that says the same, also type 3 for a new message. */
  readonly compress: boolean
  /** Leaves the extended timestamp out of type 3 chunks, against the specification. */
  readonly omitRepeatedTimestamp: boolean
}

/**
 * The chunk writer of a client, written apart from ours: one message in, its chunks out, so that chunks of
 * several messages can be interleaved.
 */
export class ClientChunkWriter {
  chunkSize = 128
  readonly #dialect: Dialect
  readonly #sent = new Map<number, Sent>()

  constructor(dialect: Dialect = { compress: true, omitRepeatedTimestamp: false }) {
    this.#dialect = dialect
  }

  /** The chunks of a message, in order. The next message of the same chunk stream may follow the last one only. */
  chunks(message: RawMessage): Uint8Array[] {
    const { chunkStreamId, payload, timestamp } = message
    const before = this.#sent.get(chunkStreamId)
    const chunks: Uint8Array[] = []
    const writer = new ByteWriter()
    const delta = before === undefined ? 0 : (timestamp - before.message.timestamp + 2 ** 32) % 2 ** 32
    const type = this.#headerType(message, before, delta)
    const time = type === 0 ? timestamp : delta
    const extended = type === 3 ? before?.extended : time >= 0xffffff ? time : undefined

    basicHeader(writer, type, chunkStreamId)
    if (type <= 2) writer.u24be(Math.min(time, 0xffffff))
    if (type <= 1) writer.u24be(payload.length).u8(message.typeId)
    if (type === 0) writer.u32le(message.messageStreamId)
    if (extended !== undefined && (type !== 3 || !this.#dialect.omitRepeatedTimestamp)) writer.u32be(extended)
    writer.bytes(payload.subarray(0, this.chunkSize))
    chunks.push(writer.finish())
    for (let at = this.chunkSize; at < payload.length; at += this.chunkSize) {
      const next = new ByteWriter()
      basicHeader(next, 3, chunkStreamId)
      if (extended !== undefined && !this.#dialect.omitRepeatedTimestamp) next.u32be(extended)
      chunks.push(next.bytes(payload.subarray(at, at + this.chunkSize)).finish())
    }
    this.#sent.set(chunkStreamId, { message, delta: type === 3 ? delta : time, extended })
    return chunks
  }

  #headerType(message: RawMessage, before: Sent | undefined, delta: number): 0 | 1 | 2 | 3 {
    if (!this.#dialect.compress || before === undefined) return 0
    const last = before.message
    if (last.messageStreamId !== message.messageStreamId) return 0
    if (last.payload.length !== message.payload.length || last.typeId !== message.typeId) return 1
    return delta === before.delta ? 3 : 2
  }
}

function basicHeader(writer: ByteWriter, type: number, id: number): void {
  if (id < 64) writer.u8((type << 6) | id)
  else if (id < 320) writer.u8(type << 6).u8(id - 64)
  else
    writer
      .u8((type << 6) | 1)
      .u8((id - 64) % 256)
      .u8(Math.floor((id - 64) / 256))
}
