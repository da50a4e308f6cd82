import { type ByteWriter, ProtocolError, StateError } from '@sluice/core'

/** Which of the two layouts a body has; part of error codes: `flv.video.truncated`. */
export type Medium = 'video' | 'audio'

/** `ModEx`: a modifier stands before the real packet type. The same number in audio and video. */
export const MODIFIER_PACKET_TYPE = 7

/** Bytes of a FourCC. */
export const FOURCC_SIZE = 4

/** `TimestampOffsetNano`, the only modifier that has a meaning so far. */
const NANOSECOND_OFFSET = 0
const NANOSECOND_OFFSET_SIZE = 3
/** A whole millisecond belongs into the message's timestamp. */
const NANOSECONDS_PER_MILLISECOND = 1_000_000
/** A size of 256 in eight bits says that the size follows in sixteen. */
const LONG_MODIFIER = 256

/** What the modifiers before a packet type say. */
export interface Modifiers {
  /** Index of the byte whose low four bits are the real packet type: 0 without modifiers. */
  readonly at: number
  /** To be added to the message's timestamp: 0 to 999 999. */
  readonly nanoseconds: number
}

const NO_MODIFIERS: Modifiers = Object.freeze({ at: 0, nanoseconds: 0 })

/**
 * Reads the chain of modifiers (ModEx) that may stand before the packet type. Those without a meaning here
 * are passed over; of several nanosecond offsets the last one counts.
 *
 * @param payload - the whole body; the low four bits of its first byte are a packet type.
 * @throws {ProtocolError} `flv.….truncated`; `flv.….bad_nanoseconds` for an offset of a millisecond or more,
 *   or one with fewer than three bytes.
 * @see Enhanced RTMP v2, Enhanced Audio, Enhanced Video (ModEx)
 */
export function readModifiers(payload: Uint8Array, medium: Medium): Modifiers {
  if (((payload[0] ?? 0) & 0x0f) !== MODIFIER_PACKET_TYPE) return NO_MODIFIERS
  let at = 0
  let nanoseconds = 0
  // Every round moves on by three bytes or more.
  while ((u8(payload, at, medium) & 0x0f) === MODIFIER_PACKET_TYPE) {
    let start = at + 2
    let size = u8(payload, at + 1, medium) + 1
    if (size === LONG_MODIFIER) {
      size = ((u8(payload, start, medium) << 8) | u8(payload, start + 1, medium)) + 1
      start += 2
    }
    at = start + size
    if (u8(payload, at, medium) >> 4 === NANOSECOND_OFFSET) {
      nanoseconds = nanosecondOffset(payload.subarray(start, at), medium)
    }
  }
  return { at, nanoseconds }
}

/**
 * Writes the first byte of an enhanced body, with a modifier where there are nanoseconds.
 *
 * @param flags - the first byte's high four bits, in place.
 * @param nanoseconds - 0 to 999 999.
 * @throws {StateError} `flv.….unwritable` for other nanoseconds.
 */
export function writeModifiers(
  writer: ByteWriter,
  head: {
    readonly medium: Medium
    readonly flags: number
    readonly packetType: number
    readonly nanoseconds: number
  },
): void {
  const { medium, flags, packetType, nanoseconds } = head
  if (nanoseconds === 0) {
    writer.u8(flags | packetType)
    return
  }
  if (!Number.isInteger(nanoseconds) || nanoseconds < 0 || nanoseconds >= NANOSECONDS_PER_MILLISECOND) {
    throw new StateError(
      `flv.${medium}.unwritable`,
      `a nanosecond offset is 0 to ${NANOSECONDS_PER_MILLISECOND - 1}, not ${nanoseconds}`,
      { details: { nanoseconds, limit: NANOSECONDS_PER_MILLISECOND - 1 } },
    )
  }
  writer
    .u8(flags | MODIFIER_PACKET_TYPE)
    .u8(NANOSECOND_OFFSET_SIZE - 1)
    .u24be(nanoseconds)
    .u8((NANOSECOND_OFFSET << 4) | packetType)
}

/** The byte at `at`. @throws {ProtocolError} `flv.….truncated`. */
export function u8(bytes: Uint8Array, at: number, medium: Medium): number {
  const value = bytes[at]
  if (value === undefined) throw truncated(bytes, at, 1, medium)
  return value
}

/** Unsigned 24 bits, big-endian. @throws {ProtocolError} `flv.….truncated`. */
export function u24be(bytes: Uint8Array, at: number, medium: Medium): number {
  if (at + 3 > bytes.length) throw truncated(bytes, at, 3, medium)
  return ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
}

/** Unsigned 32 bits, big-endian: a FourCC or a mask. @throws {ProtocolError} `flv.….truncated`. */
export function u32be(bytes: Uint8Array, at: number, medium: Medium): number {
  if (at + 4 > bytes.length) throw truncated(bytes, at, 4, medium)
  return (u24be(bytes, at, medium) * 256 + (bytes[at + 3] ?? 0)) >>> 0
}

/** The error for a body that ends where more has to come. */
export function truncated(bytes: Uint8Array, at: number, wanted: number, medium: Medium): ProtocolError {
  return new ProtocolError(
    `flv.${medium}.truncated`,
    `an Enhanced RTMP ${medium} body of ${bytes.length} bytes, ${at + wanted} needed`,
    { details: { size: bytes.length, needed: at + wanted }, spec: 'Enhanced RTMP v2' },
  )
}

function nanosecondOffset(data: Uint8Array, medium: Medium): number {
  const value = data.length < NANOSECOND_OFFSET_SIZE ? NANOSECONDS_PER_MILLISECOND : u24be(data, 0, medium)
  if (value < NANOSECONDS_PER_MILLISECOND) return value
  throw new ProtocolError(
    `flv.${medium}.bad_nanoseconds`,
    data.length < NANOSECOND_OFFSET_SIZE
      ? `a nanosecond offset of ${data.length} bytes, at least ${NANOSECOND_OFFSET_SIZE} needed`
      : `a nanosecond offset of ${value}, at most ${NANOSECONDS_PER_MILLISECOND - 1} allowed`,
    { details: { size: data.length, value }, spec: 'Enhanced RTMP v2, TimestampOffsetNano' },
  )
}
