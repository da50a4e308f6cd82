import { ByteWriter, UnsupportedError } from '@sluice/core'
import { type BoxContent, fullBox } from './box.ts'

const VERSION = 1

const CHROMA_420_VERTICAL = 0
const LIMITED_RANGE = 0
/** "Unspecified" of ISO/IEC 23091-2, for primaries, transfer and matrix alike. */
const COLOUR_UNSPECIFIED = 2
const NO_INITIALIZATION_DATA = 0

/** Sample entry, profile, level and bit depth, which every codec string of the family begins with. */
const VP8_CODEC_STRING = /^vp08\.(\d\d)\.(\d\d)\.(\d\d)(?:\.|$)/

/**
 * VPCodecConfigurationBox.
 *
 * @param record - a VPCodecConfigurationRecord, without version and flags.
 * @see VP Codec ISO Media File Format Binding v1.0, VP Codec Configuration Box
 */
export function vpcC(record: Uint8Array): BoxContent {
  return fullBox('vpcC', VERSION, 0, (writer) => writer.bytes(record))
}

/**
 * The record of a VP8 track. VP8 streams carry none, but all that it has to say is in the codec string or the
 * same for every VP8 stream: 4:2:0, and nothing about colour.
 *
 * @param codecString - `vp08.PP.LL.DD`: profile, level, bit depth.
 * @throws {UnsupportedError} `cmaf.vpcC.no_profile` when the string does not say these.
 * @see VP Codec ISO Media File Format Binding v1.0, Codecs Parameter String
 */
export function vp8ConfigurationRecord(codecString: string): Uint8Array {
  const [, profile, level, bitDepth] = VP8_CODEC_STRING.exec(codecString) ?? []
  if (profile === undefined || level === undefined || bitDepth === undefined) {
    throw new UnsupportedError(
      'cmaf.vpcC.no_profile',
      `'${codecString}' does not give profile, level and bit depth of VP8, as vp08.00.10.08 does`,
    )
  }
  return new ByteWriter(8)
    .u8(Number(profile))
    .u8(Number(level))
    .u8((Number(bitDepth) << 4) | (CHROMA_420_VERTICAL << 1) | LIMITED_RANGE)
    .u8(COLOUR_UNSPECIFIED)
    .u8(COLOUR_UNSPECIFIED)
    .u8(COLOUR_UNSPECIFIED)
    .u16be(NO_INITIALIZATION_DATA)
    .finish()
}
