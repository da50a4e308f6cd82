import { StateError } from '@sluice/core'

/** TagType values (FLV v10.1 Annex E.4.1); RTMP uses the same numbers as message types. */
export const FlvTagType = {
  audio: 8,
  video: 9,
  script: 18,
} as const

export type FlvTagType = (typeof FlvTagType)[keyof typeof FlvTagType]

/** Bytes before a tag's body. */
export const TAG_HEADER_SIZE = 11

/** Bytes behind a tag's body: PreviousTagSize. */
export const TAG_TRAILER_SIZE = 4

/** Largest body a tag can have: its size field has 24 bits. */
export const MAX_TAG_BODY_SIZE = 0xffffff

/**
 * Makes a whole tag with its PreviousTagSize as pieces: header, body, trailer. The body is not copied.
 *
 * @param timestamp - milliseconds, any integer: written modulo 2³², as RTMP and FLV times wrap.
 * @param body - pieces of together at most 0xffffff bytes.
 * @returns a new array, to be written one piece after the other; the body's pieces are those given.
 * @throws {StateError} `flv.tag.unwritable` for a size or time that has no such form.
 * @see FLV v10.1 Annex E.4.1
 */
export function flvTagPieces(type: FlvTagType, timestamp: number, ...body: Uint8Array[]): Uint8Array[] {
  const size = body.reduce((sum, piece) => sum + piece.length, 0)
  const header = new Uint8Array(TAG_HEADER_SIZE)
  const trailer = new Uint8Array(TAG_TRAILER_SIZE)
  putHeader(header, type, timestamp, size)
  putTrailer(trailer, 0, size)
  return [header, ...body, trailer]
}

/**
 * Makes a whole tag with its PreviousTagSize. The body is copied.
 *
 * @param timestamp - milliseconds, any integer: written modulo 2³².
 * @param body - at most 0xffffff bytes.
 * @throws {StateError} `flv.tag.unwritable`.
 * @see FLV v10.1 Annex E.4.1
 */
export function writeFlvTag(type: FlvTagType, timestamp: number, body: Uint8Array): Uint8Array {
  const tag = new Uint8Array(TAG_HEADER_SIZE + body.length + TAG_TRAILER_SIZE)
  putHeader(tag, type, timestamp, body.length)
  tag.set(body, TAG_HEADER_SIZE)
  putTrailer(tag, TAG_HEADER_SIZE + body.length, body.length)
  return tag
}

// Byte by byte into arrays of known size: this runs for every message that is forwarded.
function putHeader(to: Uint8Array, type: FlvTagType, timestamp: number, bodySize: number): void {
  if (bodySize > MAX_TAG_BODY_SIZE) {
    throw new StateError(
      'flv.tag.unwritable',
      `a tag body has 0 to ${MAX_TAG_BODY_SIZE} bytes, not ${bodySize}`,
      { details: { bodySize, limit: MAX_TAG_BODY_SIZE } },
    )
  }
  if (!Number.isSafeInteger(timestamp)) {
    throw new StateError('flv.tag.unwritable', `${timestamp} is no whole number of milliseconds`)
  }
  to[0] = type
  to[1] = bodySize >>> 16
  to[2] = bodySize >>> 8
  to[3] = bodySize
  to[4] = timestamp >>> 16
  to[5] = timestamp >>> 8
  to[6] = timestamp
  to[7] = timestamp >>> 24 // TimestampExtended: the highest byte comes last
  // bytes 8 to 10: StreamID, always 0
}

function putTrailer(to: Uint8Array, at: number, bodySize: number): void {
  const size = TAG_HEADER_SIZE + bodySize
  to[at] = size >>> 24
  to[at + 1] = size >>> 16
  to[at + 2] = size >>> 8
  to[at + 3] = size
}
