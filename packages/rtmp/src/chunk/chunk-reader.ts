import { concatBytes, PayloadMemory, ProtocolError, StateError } from '@sluice/core'
import { MessageType } from '../message/message-type.ts'
import { type ChunkLimits, DEFAULT_CHUNK_LIMITS } from './chunk-limits.ts'
import { DEFAULT_CHUNK_SIZE, EXTENDED_TIMESTAMP, type RawMessage } from './raw-message.ts'

/** Basic header 3, message header 11, extended timestamp 4 (§5.3.1). */
const MAX_HEADER_SIZE = 18
const INCOMPLETE = -1
/**
 * Reserved for a message at its first byte. For longer ones more is reserved as they come: who announces 16 MiB and sends one byte
 * shall not have them. Frames of 10 Mbit/s stay below, save the keyframes.
 */
const FIRST_RESERVE = 1 << 18
const GROWTH = 4

/** What the headers of one chunk stream said last, and the message under way on it. */
class ChunkStream {
  timestamp = 0
  /** What a type 3 chunk that begins a message adds: the last delta, or the timestamp of a type 0 (§5.3.1.2.4). */
  delta = 0
  /** Value of the last extended timestamp field, undefined while the last header of type 0 to 2 had none. */
  extended: number | undefined = undefined
  length = 0
  typeId = 0
  messageStreamId = 0
  /** As many of the `length` bytes as were reserved; undefined while no message is under way. */
  payload: Uint8Array | undefined = undefined
  filled = 0
}

/**
 * Reads a chunk stream: bytes in, complete messages out, one at a time, so that the caller can apply a Set
 * Chunk Size or an Abort before the next byte is looked at. Each payload is copied once: audio and video into memory that may be
 * given back (`giveBack`) by whoever has it last, anything else into memory of its own.
 *
 * @see Adobe RTMP 1.0 §5.3
 */
export class ChunkReader {
  #limits: ChunkLimits
  #chunkSize = DEFAULT_CHUNK_SIZE
  #bytes: Uint8Array = new Uint8Array(0)
  #view: DataView = new DataView(new ArrayBuffer(0))
  #at = 0
  /** A header that the end of a piece has cut. */
  readonly #cut = new Uint8Array(MAX_HEADER_SIZE)
  readonly #cutView = new DataView(this.#cut.buffer)
  #cutLength = 0
  readonly #streams = new Map<number, ChunkStream>()
  readonly #media = new PayloadMemory()
  /** The chunk being read: its stream, its id, and the bytes it still lacks. */
  #stream: ChunkStream | undefined
  #streamId = 0
  #chunkLeft = 0
  #partialBytes = 0
  #discarded = 0

  constructor(limits: ChunkLimits = DEFAULT_CHUNK_LIMITS) {
    this.#limits = limits
  }

  /** Bytes fed and not read yet. */
  get unread(): number {
    return this.#bytes.length - this.#at
  }

  /** Messages begun and given up, by Abort or because a new header came in the middle. */
  get discarded(): number {
    return this.#discarded
  }

  /** Changes the limits for messages that begin from now on. */
  setLimits(limits: ChunkLimits): void {
    this.#limits = limits
  }

  /** Applies the peer's Set Chunk Size, from the next chunk on. @param size - 1 to 0x7fffffff bytes. */
  setChunkSize(size: number): void {
    this.#chunkSize = size
  }

  /** Drops the message under way on a chunk stream, if there is one (§5.4.2). Legal when `read` has returned a message. */
  abort(chunkStreamId: number): void {
    const stream = this.#streams.get(chunkStreamId)
    if (stream !== undefined) this.#discard(stream)
  }

  /**
   * Gives the reader its next bytes, any split of the stream. They are borrowed until `read` returns
   * undefined or `takeUnread` is called; then the caller may overwrite them.
   *
   * @throws {StateError} `rtmp.chunk.unread_bytes`: what was fed before has not been read to its end.
   */
  feed(bytes: Uint8Array): void {
    if (this.unread > 0) {
      throw new StateError('rtmp.chunk.unread_bytes', `${this.unread} bytes fed before are still unread`)
    }
    this.#setInput(bytes)
  }

  /** Takes back, as a view, what was fed and is not read: to be fed again later. */
  takeUnread(): Uint8Array {
    const unread = this.#bytes.subarray(this.#at)
    this.#at = this.#bytes.length
    return unread
  }

  /**
   * Reads on to the end of the next message.
   *
   * @returns the message, or undefined when every byte fed has been read and no message is complete.
   * @throws {ProtocolError} `rtmp.chunk.no_previous_header`, `rtmp.chunk.body_too_large`,
   * `rtmp.chunk.too_many_streams`, `rtmp.chunk.too_much_partial`; the stream cannot be read on.
   */
  read(): RawMessage | undefined {
    for (;;) {
      let stream = this.#stream
      if (stream === undefined) {
        if (!this.#readHeader()) return undefined
        stream = this.#stream
        if (stream === undefined) continue
      }
      const chunkLeft = this.#chunkLeft
      const end = Math.min(this.#at + chunkLeft, this.#bytes.length)
      if (stream.payload === undefined) stream.payload = this.#reserve(stream)
      const needed = stream.filled + end - this.#at
      if (needed > stream.payload.length) stream.payload = grown(stream, stream.payload, needed)
      stream.payload.set(this.#bytes.subarray(this.#at, end), stream.filled)
      const copied = end - this.#at
      this.#at = end
      stream.filled += copied
      if (stream.filled === stream.length) return this.#complete(stream, stream.payload)
      if (copied < chunkLeft) {
        this.#chunkLeft = chunkLeft - copied
        return undefined
      }
      this.#stream = undefined
    }
  }

  /** Memory for a message that begins: uninitialised, because only messages filled to the end are handed out. */
  #reserve({ typeId, length }: ChunkStream): Uint8Array {
    this.#partialBytes += length
    if (this.#partialBytes > this.#limits.partialBytes) {
      throw new ProtocolError(
        'rtmp.chunk.too_much_partial',
        `${this.#partialBytes} bytes of incomplete messages, the limit is ${this.#limits.partialBytes}`,
        { details: { bytes: this.#partialBytes, limit: this.#limits.partialBytes } },
      )
    }
    const reserved = Math.min(length, FIRST_RESERVE)
    return isMedia(typeId) ? this.#media.take(reserved) : Buffer.allocUnsafe(reserved)
  }

  #release(stream: ChunkStream): void {
    this.#partialBytes -= stream.length
    stream.payload = undefined
    stream.filled = 0
  }

  #discard(stream: ChunkStream): void {
    if (stream.payload === undefined) return
    this.#release(stream)
    this.#discarded += 1
  }

  #complete(stream: ChunkStream, payload: Uint8Array): RawMessage {
    this.#stream = undefined
    this.#release(stream)
    return {
      chunkStreamId: this.#streamId,
      typeId: stream.typeId,
      messageStreamId: stream.messageStreamId,
      timestamp: stream.timestamp,
      payload,
    }
  }

  #setInput(bytes: Uint8Array): void {
    const { buffer, byteOffset, byteLength } = bytes
    // A plain view: `subarray` of a Buffer makes Buffers, which is slower (76 ms instead of 69 ms per Gbit of
    // 128-byte chunks).
    this.#bytes = bytes.constructor === Uint8Array ? bytes : new Uint8Array(buffer, byteOffset, byteLength)
    // A caller that receives into the same memory each time needs no new one.
    const view = this.#view
    if (view.buffer !== buffer || view.byteOffset !== byteOffset || view.byteLength < byteLength)
      this.#view = new DataView(buffer, byteOffset, byteLength)
    this.#at = 0
  }

  /** Reads a chunk header; false when its end is not there yet. */
  #readHeader(): boolean {
    if (this.#cutLength > 0) return this.#readCutHeader()
    const size = this.#parseHeader(this.#view, this.#at, this.#bytes.length)
    if (size === INCOMPLETE) {
      this.#cut.set(this.#bytes.subarray(this.#at))
      this.#cutLength = this.unread
      this.#at = this.#bytes.length
      return false
    }
    this.#at += size
    return true
  }

  /** The same for a header whose beginning was at the end of an earlier piece. */
  #readCutHeader(): boolean {
    const before = this.#cutLength
    const more = this.#bytes.subarray(this.#at, this.#at + MAX_HEADER_SIZE - before)
    this.#cut.set(more, before)
    const size = this.#parseHeader(this.#cutView, 0, before + more.length)
    if (size === INCOMPLETE) {
      this.#cutLength = before + more.length
      this.#at += more.length
      return false
    }
    this.#cutLength = 0
    if (size >= before) this.#at += size - before
    // What looked like the start of an extended timestamp is payload after all: put it back.
    else this.#setInput(concatBytes([this.#cut.subarray(size, before), this.#bytes.subarray(this.#at)]))
    return true
  }

  /** Parses a header and enters its chunk. Changes nothing while the header is incomplete. @returns its size. */
  #parseHeader(view: DataView, start: number, end: number): number {
    let at = start + 1
    if (at > end) return INCOMPLETE
    const first = view.getUint8(start)
    const type = first >> 6
    let id = first & 0x3f
    if (id === 0) {
      if (at + 1 > end) return INCOMPLETE
      id = 64 + view.getUint8(at)
      at += 1
    } else if (id === 1) {
      if (at + 2 > end) return INCOMPLETE
      id = 64 + view.getUint16(at, true)
      at += 2
    }
    const known = this.#streams.get(id)
    if (type === 3) {
      const stream = known ?? noPreviousHeader(id, type)
      const extension = repeatedTimestampSize(view, at, end, stream.extended)
      if (extension === INCOMPLETE) return INCOMPLETE
      at += extension
      if (stream.payload === undefined) stream.timestamp = (stream.timestamp + stream.delta) >>> 0
      this.#enter(stream, id)
      return at - start
    }

    const messageHeader = at
    at += type === 0 ? 11 : type === 1 ? 7 : 3
    if (at > end) return INCOMPLETE
    let time = u24be(view, messageHeader)
    const isExtended = time === EXTENDED_TIMESTAMP
    if (isExtended) {
      if (at + 4 > end) return INCOMPLETE
      time = view.getUint32(at)
      at += 4
    }
    const stream = known ?? (type === 0 ? this.#open(id) : noPreviousHeader(id, type))
    this.#discard(stream)
    if (type <= 1) {
      stream.length = this.#checkLength(u24be(view, messageHeader + 3))
      stream.typeId = view.getUint8(messageHeader + 6)
    }
    if (type === 0) stream.messageStreamId = view.getUint32(messageHeader + 7, true)
    stream.timestamp = type === 0 ? time : (stream.timestamp + time) >>> 0
    stream.delta = time
    stream.extended = isExtended ? time : undefined
    this.#enter(stream, id)
    return at - start
  }

  #enter(stream: ChunkStream, id: number): void {
    this.#stream = stream
    this.#streamId = id
    this.#chunkLeft = Math.min(this.#chunkSize, stream.length - stream.filled)
  }

  #open(id: number): ChunkStream {
    if (this.#streams.size >= this.#limits.chunkStreams) {
      throw new ProtocolError(
        'rtmp.chunk.too_many_streams',
        `more than ${this.#limits.chunkStreams} chunk streams`,
        { details: { limit: this.#limits.chunkStreams } },
      )
    }
    const stream = new ChunkStream()
    this.#streams.set(id, stream)
    return stream
  }

  #checkLength(length: number): number {
    if (length > this.#limits.messageBytes) {
      throw new ProtocolError(
        'rtmp.chunk.body_too_large',
        `a message of ${length} bytes, the limit is ${this.#limits.messageBytes}`,
        { details: { length, limit: this.#limits.messageBytes } },
      )
    }
    return length
  }
}

function isMedia(typeId: number): boolean {
  return typeId === MessageType.video || typeId === MessageType.audio
}

/** More memory for a message, of which `needed` bytes have come. */
function grown(stream: ChunkStream, payload: Uint8Array, needed: number): Uint8Array {
  const larger = Buffer.allocUnsafeSlow(Math.min(stream.length, Math.max(needed, payload.length * GROWTH)))
  larger.set(payload.subarray(0, stream.filled))
  return larger
}

function u24be(view: DataView, at: number): number {
  return (view.getUint16(at) << 8) | view.getUint8(at + 2)
}

function noPreviousHeader(chunkStreamId: number, type: number): never {
  throw new ProtocolError(
    'rtmp.chunk.no_previous_header',
    `chunk stream ${chunkStreamId} begins with a header of type ${type}, which repeats an earlier one`,
    { details: { chunkStreamId, type }, spec: 'Adobe RTMP 1.0 §5.3.1.2' },
  )
}

/**
 * Size of the extended timestamp after a type 3 basic header. The specification repeats it on every type 3
 * chunk, some senders leave it out: so it is one only when it equals the last (§5.3.1.3).
 *
 * @returns 4, 0, or `INCOMPLETE` while the bytes that are there could still be the beginning of it.
 */
function repeatedTimestampSize(
  view: DataView,
  at: number,
  end: number,
  expected: number | undefined,
): number {
  if (expected === undefined) return 0
  if (at + 4 <= end) return view.getUint32(at) === expected ? 4 : 0
  for (let i = 0; at + i < end; i++) {
    if (view.getUint8(at + i) !== ((expected >>> (24 - 8 * i)) & 0xff)) return 0
  }
  return INCOMPLETE
}
