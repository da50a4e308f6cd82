import type { ByteReader } from '@sluice/core'
import type { ReadingCost } from './reading-cost.ts'
import { unwritable } from './unwritable.ts'

// A byte order mark is part of the text here: dropping it would change what a relay passes on.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const encoder = new TextEncoder()
const LONE_SURROGATE = /\p{Surrogate}/u

/**
 * Reads text of `length` bytes; malformed UTF-8 becomes U+FFFD.
 *
 * @throws {ProtocolError} `amf.string_too_long`, `amf.too_many_values`, `core.bytes.truncated`.
 */
export function readText(bytes: ByteReader, length: number, cost: ReadingCost): string {
  cost.countText(length)
  return decoder.decode(bytes.bytes(length))
}

/** Text as UTF-8. @throws {StateError} `amf.unwritable`: half of a surrogate pair. */
export function encodeText(text: string): Uint8Array {
  if (LONE_SURROGATE.test(text)) throw unwritable('a string with half of a surrogate pair has no UTF-8 form')
  return encoder.encode(text)
}
