import { ByteReader, ProtocolError } from '@sluice/core'
import { readStructure, type Structure } from '../bits/structure.ts'

/** `obu_type` values with a name here (AV1 §6.2.2). */
export const ObuType = {
  sequenceHeader: 1,
  temporalDelimiter: 2,
  metadata: 5,
} as const

/** One open bitstream unit. */
export interface Obu {
  /** `obu_type`. */
  readonly type: number
  /** What follows its header, extension and size: a view. */
  readonly payload: Uint8Array
}

const OBU: Structure = { name: 'a sequence of AV1 OBUs', code: 'media.av1.obu', spec: 'AV1 §5.3.1' }

const HAS_EXTENSION = 0x04
const HAS_SIZE = 0x02
/** A leb128() has at most eight bytes, and its value at most 32 bits (AV1 §4.10.5). */
const MAX_LEB128_BYTES = 8

/**
 * Walks the OBUs of a temporal unit or of a configuration record, in order. One without a size field reaches
 * to the end.
 *
 * @param bytes - in the low-overhead format, as FLV and MP4 store it; temporal delimiters may be there.
 * @throws {ProtocolError} `media.av1.obu_truncated` when an OBU reaches past the end, `media.av1.obu_invalid`
 *   for a size that is no leb128().
 * @see AV1 §5.2, §5.3.1, §5.3.2
 */
export function* obus(bytes: Uint8Array): Generator<Obu, undefined> {
  const reader = new ByteReader(bytes)
  while (reader.remaining > 0) yield readStructure(OBU, bytes.length, () => readObu(reader))
}

function readObu(reader: ByteReader): Obu {
  const header = reader.u8()
  if ((header & HAS_EXTENSION) !== 0) reader.skip(1)
  const payload = (header & HAS_SIZE) === 0 ? reader.rest() : reader.bytes(readLeb128(reader))
  return { type: (header >> 3) & 0x0f, payload }
}

/**
 * A leb128(): seven bits a byte, the lowest first; a set top bit says that more follow.
 *
 * @throws {ProtocolError} `media.av1.obu_invalid` for more bytes than one may have, `core.bytes.truncated`.
 * @see AV1 §4.10.5
 */
export function readLeb128(reader: ByteReader): number {
  let value = 0
  for (let i = 0; i < MAX_LEB128_BYTES; i++) {
    const byte = reader.u8()
    value += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return value
  }
  throw new ProtocolError('media.av1.obu_invalid', `a leb128() of more than ${MAX_LEB128_BYTES} bytes`, {
    spec: 'AV1 §4.10.5',
  })
}
