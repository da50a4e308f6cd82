import { type ByteReader, ByteWriter, ProtocolError, UnsupportedError } from '@sluice/core'
import { type BoxContent, fullBox } from './box.ts'
import { readFullBox } from './box-reader.ts'

/** Descriptor tags. @see ISO/IEC 14496-1 §7.2.2.1 */
const Tag = { elementaryStream: 3, decoderConfig: 4, decoderSpecificInfo: 5, syncLayerConfig: 6 } as const

/**
 * What the stream is. MP3 has two values, one for each half of its sample rates.
 *
 * @see https://mp4ra.org/registered-types/object-types
 */
export const ObjectType = { mpeg4Audio: 0x40, mpeg2Audio: 0x69, mpeg1Audio: 0x6b } as const
export type ObjectType = (typeof ObjectType)[keyof typeof ObjectType]

const AUDIO_STREAM = (0x05 << 2) | 1
const SYNC_LAYER_FOR_MP4 = 2

/**
 * ESDBox of an audio track. Buffer size and bit rates are written as 0: not known in advance.
 *
 * @param config - DecoderSpecificInfo, for MPEG-4 audio an AudioSpecificConfig, written as it is. Empty: the
 *   codec has none (MP3), and the descriptor is left out.
 * @see ISO/IEC 14496-14 §6.7.2, ISO/IEC 14496-1 §7.2.6.5
 */
export function esds(objectType: ObjectType, config: Uint8Array): BoxContent {
  const specificInfo =
    config.length === 0 ? [] : [descriptor(Tag.decoderSpecificInfo, (writer) => writer.bytes(config))]
  return fullBox(
    'esds',
    0,
    0,
    descriptor(
      Tag.elementaryStream,
      (writer) => writer.u16be(0).u8(0), // ES_ID is 0 inside an MP4 file; no optional fields
      descriptor(
        Tag.decoderConfig,
        (writer) => writer.u8(objectType).u8(AUDIO_STREAM).u24be(0).u32be(0).u32be(0),
        ...specificInfo,
      ),
      descriptor(Tag.syncLayerConfig, (writer) => writer.u8(SYNC_LAYER_FOR_MP4)),
    ),
  )
}

function descriptor(tag: number, ...content: readonly BoxContent[]): BoxContent {
  return (writer) => {
    const inner = new ByteWriter(64)
    for (const write of content) write(inner)
    writer.u8(tag)
    for (const shift of [21, 14, 7]) {
      if (inner.length >> shift > 0) writer.u8(0x80 | ((inner.length >> shift) & 0x7f))
    }
    writer.u8(inner.length & 0x7f).bytes(inner.finish())
  }
}

/**
 * The AudioSpecificConfig in an ESDBox, as a view.
 *
 * @throws {UnsupportedError} `cmaf.esds.not_aac` for another object type (MP3 inside `mp4a`).
 * @throws {ProtocolError} `cmaf.esds.invalid` when a descriptor is missing or not in its place.
 */
export function readDecoderSpecificInfo(body: Uint8Array): Uint8Array {
  return readFullBox('esds', body, (reader) => {
    openDescriptor(reader, Tag.elementaryStream)
    reader.skip(2)
    const flags = reader.u8()
    if ((flags & 0x80) !== 0) reader.skip(2) // dependsOn_ES_ID
    if ((flags & 0x40) !== 0) reader.skip(reader.u8()) // URL
    if ((flags & 0x20) !== 0) reader.skip(2) // OCR_ES_Id
    openDescriptor(reader, Tag.decoderConfig)
    const objectType = reader.u8()
    if (objectType !== ObjectType.mpeg4Audio) {
      throw new UnsupportedError('cmaf.esds.not_aac', `object type 0x${objectType.toString(16)} is not AAC`)
    }
    reader.skip(12)
    return reader.bytes(openDescriptor(reader, Tag.decoderSpecificInfo))
  })
}

/** Reads a descriptor's tag and its size of one to four 7-bit groups; returns the size. */
function openDescriptor(reader: ByteReader, expected: number): number {
  const tag = reader.u8()
  if (tag !== expected) {
    throw new ProtocolError('cmaf.esds.invalid', `descriptor ${tag} where ${expected} belongs`, {
      spec: 'ISO/IEC 14496-1 §7.2.6.5',
    })
  }
  let size = 0
  for (let group = 0; group < 4; group++) {
    const byte = reader.u8()
    size = (size << 7) | (byte & 0x7f)
    if ((byte & 0x80) === 0) return size
  }
  throw new ProtocolError('cmaf.esds.invalid', 'the size of a descriptor has more than four bytes')
}
