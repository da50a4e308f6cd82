import { GatheredBytes, ProtocolError, UnsupportedError } from '@sluice/core'
import { FlvTagType, MAX_TAG_BODY_SIZE, TAG_HEADER_SIZE, TAG_TRAILER_SIZE } from './tag.ts'

/** The stream's header, once, before any tag. The two flags are advice: writers get them wrong. */
export interface FlvHeaderEvent {
  readonly type: 'header'
  readonly hasAudio: boolean
  readonly hasVideo: boolean
}

/** One audio, video or script tag. */
export interface FlvTagEvent {
  readonly type: 'tag'
  readonly tagType: FlvTagType
  /** Milliseconds, signed 32 bits: wraps from 2³¹ − 1 to −2³¹. */
  readonly timestamp: number
  /** The tag's body: a view of `raw`. */
  readonly body: Uint8Array
  /**
   * The whole tag as it stood in the stream: 11-byte header, body, PreviousTagSize. A view of the bytes
   * received when the tag arrived in one piece, otherwise of a copy; the reader never writes to it again.
   */
  readonly raw: Uint8Array
}

/** A tag of a reserved type, passed over. */
export interface FlvIgnoredEvent {
  readonly type: 'ignored'
  readonly tagType: number
  /** Bytes of its body. */
  readonly size: number
}

export type FlvEvent = FlvHeaderEvent | FlvTagEvent | FlvIgnoredEvent

export interface FlvReaderOptions {
  /** Largest tag body accepted, in bytes: bounds the memory one tag can take. Default 0xffffff, all the format has. */
  readonly maxTagBodySize?: number
}

/** Signature, version, flags and DataOffset (FLV v10.1 Annex E.2). */
const FILE_HEADER_SIZE = 9

/** A header that points further than this to its first tag is no header. */
const MAX_DATA_OFFSET = 4096

/**
 * Takes an FLV byte stream apart. Bytes go in with `receive` in any split; events come out of `events`.
 * A tag that arrives whole is not copied; one that arrives in pieces is copied once.
 *
 * Bytes given to `receive` belong to the events from then on: they must not be written to. After an error
 * the reader is finished: later calls of `receive` throw the same error again.
 *
 * @see FLV v10.1 Annex E
 */
export class FlvReader {
  readonly #maxTagBodySize: number
  #events: FlvEvent[] = []
  #headerRead = false
  /** The unit (file header or tag) that earlier calls began: first as long as its fixed part, then as its whole. */
  #partial: GatheredBytes | undefined
  #failure: unknown

  constructor(options: FlvReaderOptions = {}) {
    this.#maxTagBodySize = options.maxTagBodySize ?? MAX_TAG_BODY_SIZE
  }

  /**
   * @throws {ProtocolError} `flv.header.signature`, `flv.header.data_offset`, `flv.tag.body_too_large`,
   *   `flv.tag.previous_size` (the framing is lost).
   * @throws {UnsupportedError} `flv.header.version`, `flv.tag.encrypted`.
   */
  receive(bytes: Uint8Array): void {
    if (this.#failure !== undefined) throw this.#failure
    try {
      this.#consume(bytes)
    } catch (error) {
      this.#failure = error
      throw error
    }
  }

  /** Hands over everything understood so far, in order; the next call starts empty. */
  events(): FlvEvent[] {
    const events = this.#events
    this.#events = []
    return events
  }

  /** Bytes of an unfinished header or tag: 0 where a stream may end. */
  get pending(): number {
    return this.#partial?.filled ?? 0
  }

  #consume(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#partial !== undefined) {
        at += this.#fill(this.#partial, bytes, at)
        continue
      }
      const fixed = this.#headerRead ? TAG_HEADER_SIZE : FILE_HEADER_SIZE
      const left = bytes.length - at
      const size = left < fixed ? fixed : this.#unitSize(bytes, at)
      if (left < size) {
        this.#partial = new GatheredBytes(size)
        at += this.#partial.add(bytes, at)
      } else {
        this.#emit(bytes.subarray(at, at + size))
        at += size
      }
    }
  }

  /** Moves bytes from `at` on into the unit begun earlier. Returns how many. */
  #fill(partial: GatheredBytes, bytes: Uint8Array, at: number): number {
    const count = partial.add(bytes, at)
    if (partial.missing > 0) return count
    const unit = partial.bytes()
    const size = this.#unitSize(unit, 0)
    if (size > unit.length) {
      this.#partial = new GatheredBytes(size)
      this.#partial.add(unit, 0)
    } else {
      this.#partial = undefined
      this.#emit(unit)
    }
    return count
  }

  /** Whole size of the unit whose fixed part stands at `at`, PreviousTagSize included; checked against the limits. */
  #unitSize(bytes: Uint8Array, at: number): number {
    return this.#headerRead ? this.#tagSize(bytes, at) : fileHeaderSize(bytes, at)
  }

  #tagSize(bytes: Uint8Array, at: number): number {
    const bodySize = u24be(bytes, at + 1)
    if (bodySize > this.#maxTagBodySize) {
      throw new ProtocolError(
        'flv.tag.body_too_large',
        `an FLV tag body of ${bodySize} bytes, ${this.#maxTagBodySize} allowed`,
        { details: { bodySize, limit: this.#maxTagBodySize } },
      )
    }
    return TAG_HEADER_SIZE + bodySize + TAG_TRAILER_SIZE
  }

  #emit(unit: Uint8Array): void {
    checkPreviousTagSize(unit, this.#headerRead ? unit.length - TAG_TRAILER_SIZE : 0)
    if (this.#headerRead) {
      this.#events.push(tagEvent(unit))
      return
    }
    this.#headerRead = true
    const flags = unit[4] ?? 0
    this.#events.push({ type: 'header', hasAudio: (flags & 0x04) !== 0, hasVideo: (flags & 0x01) !== 0 })
  }
}

function fileHeaderSize(bytes: Uint8Array, at: number): number {
  const signature = u24be(bytes, at)
  if (signature !== 0x464c56) {
    throw new ProtocolError(
      'flv.header.signature',
      `an FLV stream begins with 464c56 ("FLV"), not ${signature.toString(16).padStart(6, '0')}`,
      { spec: 'FLV v10.1 Annex E.2' },
    )
  }
  const version = bytes[at + 3]
  if (version !== 1) {
    throw new UnsupportedError('flv.header.version', `FLV version ${version} is not known, only 1`)
  }
  const dataOffset = u32be(bytes, at + 5)
  if (dataOffset < FILE_HEADER_SIZE || dataOffset > MAX_DATA_OFFSET) {
    throw new ProtocolError(
      'flv.header.data_offset',
      `an FLV header of ${dataOffset} bytes, ${FILE_HEADER_SIZE} to ${MAX_DATA_OFFSET} allowed`,
      { details: { dataOffset, limit: MAX_DATA_OFFSET }, spec: 'FLV v10.1 Annex E.2' },
    )
  }
  return dataOffset + TAG_TRAILER_SIZE
}

/** The four bytes behind every unit: size of the tag before them, 0 behind the file header. */
function checkPreviousTagSize(unit: Uint8Array, expected: number): void {
  const announced = u32be(unit, unit.length - TAG_TRAILER_SIZE)
  if (announced === expected) return
  throw new ProtocolError(
    'flv.tag.previous_size',
    `PreviousTagSize says ${announced} behind a tag of ${expected} bytes`,
    { details: { announced, expected }, spec: 'FLV v10.1 Annex E.3' },
  )
}

function tagEvent(raw: Uint8Array): FlvTagEvent | FlvIgnoredEvent {
  const first = raw[0] ?? 0
  if ((first & 0x20) !== 0) {
    throw new UnsupportedError('flv.tag.encrypted', 'an encrypted FLV tag (Filter bit set)')
  }
  const tagType = first & 0x1f
  const body = raw.subarray(TAG_HEADER_SIZE, raw.length - TAG_TRAILER_SIZE)
  if (tagType !== FlvTagType.audio && tagType !== FlvTagType.video && tagType !== FlvTagType.script) {
    return { type: 'ignored', tagType, size: body.length }
  }
  const timestamp = u24be(raw, 4) | ((raw[7] ?? 0) << 24)
  return { type: 'tag', tagType, timestamp, body, raw }
}

// Both are called within bounds only; a ByteReader a tag would cost more than the rest of the tag.
function u24be(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
}

function u32be(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) * 0x1000000 + u24be(bytes, at + 1)
}
