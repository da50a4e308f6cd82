import { type ByteReader, ProtocolError } from '@sluice/core'
import { type BoxContent, box } from './box.ts'
import { readFields } from './box-reader.ts'

const MAGIC = 'OpusHead'
/** The upper four bits of the version: a head with another value is laid out differently. */
const MAJOR_VERSION_MASK = 0xf0
const RECORD_VERSION = 0
/** One stream of one or two channels: no mapping table. */
const FAMILY_WITHOUT_TABLE = 0

/**
 * OpusSpecificBox: the fields of an OpusHead, big-endian instead of little-endian. A mapping table follows for
 * every channel mapping family but 0.
 *
 * @param head - an OpusHead with its magic; bytes after its fields are left out.
 * @throws {ProtocolError} `cmaf.dOps.bad_head` for another magic or major version, `cmaf.box.truncated` when it
 * ends too early.
 * @see Encapsulation of Opus in ISO Base Media File Format v1.0.0 §4.3.2, RFC 7845 §5.1
 */
export function dOps(head: Uint8Array): BoxContent {
  return box('dOps', (writer) =>
    readFields('OpusHead', head, (reader) => {
      requireKnownHead(reader)
      const channels = reader.u8()
      writer.u8(RECORD_VERSION).u8(channels)
      writer.u16be(u16le(reader)) // pre-skip
      writer.u32be(reader.u32le()) // sample rate of the encoder's input
      writer.u16be(u16le(reader)) // output gain: signed, its bits only change places
      const family = reader.u8()
      writer.u8(family)
      // Stream count, coupled count, one byte a channel.
      if (family !== FAMILY_WITHOUT_TABLE) writer.bytes(reader.bytes(2 + channels))
    }),
  )
}

function requireKnownHead(reader: ByteReader): void {
  const magic = reader.ascii(MAGIC.length)
  const version = reader.u8()
  if (magic === MAGIC && (version & MAJOR_VERSION_MASK) === 0) return
  throw new ProtocolError(
    'cmaf.dOps.bad_head',
    `'${magic}' of version ${version} is no OpusHead of version 1`,
    {
      details: { version },
      spec: 'RFC 7845 §5.1',
    },
  )
}

function u16le(reader: ByteReader): number {
  const low = reader.u8()
  return (reader.u8() << 8) | low
}
