import type { ByteReader, ByteWriter } from '@sluice/core'
import { unwritable } from '../unwritable.ts'

/** The largest number of 29 bits. */
export const MAX_U29 = 0x1fffffff

/**
 * Reads a number of 29 bits: seven in each byte while its top bit is set, all eight in a fourth byte. A longer form
 * than needed is read as well.
 *
 * @throws {ProtocolError} `core.bytes.truncated`.
 * @see AMF3 §1.3.1
 */
export function readU29(bytes: ByteReader): number {
  let value = 0
  for (let i = 0; i < 3; i++) {
    const byte = bytes.u8()
    value = (value << 7) | (byte & 0x7f)
    if (byte < 0x80) return value
  }
  return (value << 8) | bytes.u8()
}

/**
 * Writes a number of 29 bits in its shortest form.
 *
 * @throws {StateError} `amf.unwritable`: a larger one.
 * @see AMF3 §1.3.1
 */
export function writeU29(bytes: ByteWriter, value: number): void {
  if (value > MAX_U29) throw unwritable(`${value} is more than 29 bits hold`)
  if (value < 0x80) bytes.u8(value)
  else if (value < 0x4000) bytes.u8((value >> 7) | 0x80).u8(value & 0x7f)
  else if (value < 0x200000) {
    bytes
      .u8((value >> 14) | 0x80)
      .u8(((value >> 7) & 0x7f) | 0x80)
      .u8(value & 0x7f)
  } else {
    bytes
      .u8((value >> 22) | 0x80)
      .u8(((value >> 15) & 0x7f) | 0x80)
      .u8(((value >> 8) & 0x7f) | 0x80)
      .u8(value & 0xff)
  }
}
