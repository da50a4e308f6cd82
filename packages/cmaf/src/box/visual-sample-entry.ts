import { type BoxContent, box } from './box.ts'
import { type Box, readBoxes, readFields } from './box-reader.ts'

/** Bytes of a VisualSampleEntry before its child boxes. */
const FIXED_SIZE = 78
const DOTS_PER_INCH_72 = 0x00480000
const DEPTH_COLOUR_WITHOUT_ALPHA = 0x0018
const NO_COLOUR_TABLE = 0xffff

/** What every video sample entry says beside its codec's configuration. */
export interface VisualSampleEntry {
  /** FourCC of the entry: `avc1`, `hvc1`, `av01`. */
  readonly type: string
  /** Decoded picture after cropping, in samples. */
  readonly width: number
  readonly height: number
}

/**
 * A video sample entry.
 *
 * @param children - configuration record, pixel aspect ratio.
 * @see ISO/IEC 14496-12 §12.1.3
 */
export function visualSampleEntry(entry: VisualSampleEntry, ...children: readonly BoxContent[]): BoxContent {
  return box(
    entry.type,
    (writer) => {
      writer.zeros(6).u16be(1) // reserved, data_reference_index
      writer.zeros(16) // pre_defined, reserved
      writer.u16be(entry.width).u16be(entry.height)
      writer.u32be(DOTS_PER_INCH_72).u32be(DOTS_PER_INCH_72).u32be(0)
      writer.u16be(1).zeros(32) // frame_count, compressorname
      writer.u16be(DEPTH_COLOUR_WITHOUT_ALPHA).u16be(NO_COLOUR_TABLE)
    },
    ...children,
  )
}

/** The child boxes of a video sample entry. */
export function readVisualSampleEntryChildren(type: string, body: Uint8Array): Box[] {
  return readFields(type, body, (reader) => {
    reader.skip(FIXED_SIZE)
    return readBoxes(type, reader.rest())
  })
}

/**
 * AVCConfigurationBox.
 *
 * @param record - an AVCDecoderConfigurationRecord, written as it is.
 * @see ISO/IEC 14496-15 §5.4.2.1
 */
export function avcC(record: Uint8Array): BoxContent {
  return box('avcC', (writer) => writer.bytes(record))
}

/** PixelAspectRatioBox: horizontal and vertical spacing. @see ISO/IEC 14496-12 §12.1.4 */
export function pasp(horizontal: number, vertical: number): BoxContent {
  return box('pasp', (writer) => writer.u32be(horizontal).u32be(vertical))
}
