import { BitReader, ProtocolError } from '@sluice/core'
import { readStructure, type Structure } from '../bits/structure.ts'
import { type ColourDescription, specified, UNSPECIFIED } from '../colour.ts'

/** What an AV1 sequence header says about the pictures. */
export interface Av1SequenceHeader extends Av1ColourConfig {
  /** `seq_profile`: 0 Main, 1 High, 2 Professional. */
  readonly profile: number
  /** `seq_level_idx` of operating point 0, which decoders choose unless told otherwise: 8 is level 4.0. */
  readonly level: number
  /** `seq_tier` of operating point 0. */
  readonly highTier: boolean
  /** Largest picture, in luma samples; each frame may be smaller. */
  readonly width: number
  readonly height: number
  /** Undefined when absent, or when pictures have no equal distance. */
  readonly timing: Av1Timing | undefined
}

/** How samples are stored. */
export interface Av1ColourConfig {
  readonly bitDepth: 8 | 10 | 12
  readonly monochrome: boolean
  /** True where the chroma planes have half the width, and half the height. */
  readonly subsamplingX: boolean
  readonly subsamplingY: boolean
  /** Undefined where it says nothing that is not assumed anyway. */
  readonly colour: ColourDescription | undefined
}

/** A picture lasts `unitsPerPicture` / `timeScale` seconds. */
export interface Av1Timing {
  readonly timeScale: number
  readonly unitsPerPicture: number
}

const HEADER: Structure = {
  name: 'an AV1 sequence header',
  code: 'media.av1.sequence_header',
  spec: 'AV1 §5.5.1',
}

/** Levels from 4.0 on have two tiers. */
const HIGHEST_LEVEL_WITHOUT_TIERS = 7
const PRIMARIES_BT_709 = 1
const TRANSFER_SRGB = 13
const MATRIX_IDENTITY = 0

/**
 * Reads a sequence header as far as its colours.
 *
 * @param payload - of an OBU of type 1.
 * @throws {ProtocolError} `media.av1.sequence_header_truncated`, `media.av1.sequence_header_invalid` for a
 *   profile that does not exist.
 * @see AV1 §5.5
 */
export function readAv1SequenceHeader(payload: Uint8Array): Av1SequenceHeader {
  return readStructure(HEADER, payload.length, () => readHeader(new BitReader(payload)))
}

function readHeader(reader: BitReader): Av1SequenceHeader {
  const profile = reader.bits(3)
  if (profile > 2) {
    throw new ProtocolError('media.av1.sequence_header_invalid', `seq_profile is at most 2, not ${profile}`, {
      details: { profile },
      spec: 'AV1 §6.4.1',
    })
  }
  reader.flag() // still_picture
  const reduced = reader.flag() // reduced_still_picture_header
  const operation = reduced ? readReducedOperation(reader) : readOperation(reader)
  const size = readMaximumSize(reader)
  if (!reduced && reader.flag()) reader.skip(4 + 3) // delta_frame_id_length_minus_2, additional_frame_id_length_minus_1
  reader.skip(3) // use_128x128_superblock, enable_filter_intra, enable_intra_edge_filter
  if (!reduced) skipInterTools(reader)
  reader.skip(3) // enable_superres, enable_cdef, enable_restoration
  return { profile, ...operation, ...size, ...readColourConfig(reader, profile) }
}

/** What is said of the operating points, and when pictures are shown. */
type Operation = Pick<Av1SequenceHeader, 'level' | 'highTier' | 'timing'>

function readReducedOperation(reader: BitReader): Operation {
  return { level: reader.bits(5), highTier: false, timing: undefined }
}

function readOperation(reader: BitReader): Operation {
  let timing: Av1Timing | undefined
  let delayBits: number | undefined
  if (reader.flag()) {
    timing = readTiming(reader)
    if (reader.flag()) delayBits = readDecoderModel(reader)
  }
  const displayDelay = reader.flag() // initial_display_delay_present_flag
  const points = reader.bits(5) + 1
  const first = readOperatingPoint(reader, delayBits, displayDelay)
  for (let point = 1; point < points; point++) readOperatingPoint(reader, delayBits, displayDelay)
  return { ...first, timing }
}

/** @see AV1 §5.5.3 */
function readTiming(reader: BitReader): Av1Timing | undefined {
  const unitsPerTick = reader.bits(32)
  const timeScale = reader.bits(32)
  if (!reader.flag()) return undefined // equal_picture_interval
  const unitsPerPicture = unitsPerTick * (reader.ue() + 1) // num_ticks_per_picture_minus_1
  return unitsPerPicture > 0 && timeScale > 0 ? { timeScale, unitsPerPicture } : undefined
}

/** Returns the bits of each of the two buffer delays. */
function readDecoderModel(reader: BitReader): number {
  const delayBits = reader.bits(5) + 1
  reader.skip(32) // num_units_in_decoding_tick
  reader.skip(5 + 5) // buffer_removal_time_length_minus_1, frame_presentation_time_length_minus_1
  return delayBits
}

function readOperatingPoint(
  reader: BitReader,
  delayBits: number | undefined,
  displayDelay: boolean,
): Pick<Operation, 'level' | 'highTier'> {
  reader.skip(12) // operating_point_idc
  const level = reader.bits(5)
  const highTier = level > HIGHEST_LEVEL_WITHOUT_TIERS && reader.flag()
  // decoder_buffer_delay, encoder_buffer_delay, low_delay_mode_flag
  if (delayBits !== undefined && reader.flag()) reader.skip(2 * delayBits + 1)
  if (displayDelay && reader.flag()) reader.skip(4) // initial_display_delay_minus_1
  return { level, highTier }
}

function readMaximumSize(reader: BitReader): { width: number; height: number } {
  const widthBits = reader.bits(4) + 1
  const heightBits = reader.bits(4) + 1
  return { width: reader.bits(widthBits) + 1, height: reader.bits(heightBits) + 1 }
}

function skipInterTools(reader: BitReader): void {
  // enable_interintra_compound, enable_masked_compound, enable_warped_motion, enable_dual_filter
  reader.skip(4)
  const orderHint = reader.flag()
  if (orderHint) reader.skip(2) // enable_jnt_comp, enable_ref_frame_mvs
  // seq_choose_screen_content_tools, else seq_force_screen_content_tools
  const screenContent = reader.flag() || reader.flag()
  // seq_choose_integer_mv, else seq_force_integer_mv
  if (screenContent && !reader.flag()) reader.skip(1)
  if (orderHint) reader.skip(3) // order_hint_bits_minus_1
}

/** @see AV1 §5.5.2 */
function readColourConfig(reader: BitReader, profile: number): Av1ColourConfig {
  const highBitDepth = reader.flag()
  const twelveBit = profile === 2 && highBitDepth && reader.flag()
  const bitDepth = twelveBit ? 12 : highBitDepth ? 10 : 8
  const monochrome = profile !== 1 && reader.flag()
  const [primaries, transfer, matrix] = reader.flag()
    ? [reader.bits(8), reader.bits(8), reader.bits(8)]
    : [UNSPECIFIED, UNSPECIFIED, UNSPECIFIED]
  const isSrgb =
    !monochrome && primaries === PRIMARIES_BT_709 && transfer === TRANSFER_SRGB && matrix === MATRIX_IDENTITY
  // color_range: RGB always has all values.
  const fullRange = isSrgb || reader.flag()
  const colour = specified({ primaries, transfer, matrix, fullRange })
  if (monochrome) return { bitDepth, monochrome, colour, subsamplingX: true, subsamplingY: true }
  if (isSrgb) return { bitDepth, monochrome, colour, subsamplingX: false, subsamplingY: false }
  return { bitDepth, monochrome, colour, ...readSubsampling(reader, profile, twelveBit) }
}

function readSubsampling(
  reader: BitReader,
  profile: number,
  twelveBit: boolean,
): { subsamplingX: boolean; subsamplingY: boolean } {
  if (profile === 0) return { subsamplingX: true, subsamplingY: true }
  if (profile === 1) return { subsamplingX: false, subsamplingY: false }
  if (!twelveBit) return { subsamplingX: true, subsamplingY: false }
  const subsamplingX = reader.flag()
  return { subsamplingX, subsamplingY: subsamplingX && reader.flag() }
}
