import { BitReader, ProtocolError } from '@sluice/core'
import { readStructure, type Structure, upTo } from '../bits/structure.ts'
import { NalUnitType, nalUnitType, rawByteSequencePayload } from './nal-unit.ts'
import {
  readVideoUsabilityInformation,
  type VideoUsabilityInformation,
} from './video-usability-information.ts'

/** What a sequence parameter set says about the pictures. */
export interface SequenceParameterSet {
  /** `profile_idc`: 66 Baseline, 77 Main, 100 High, 110 High 10, 122 High 4:2:2, 244 High 4:4:4. */
  readonly profile: number
  /** The eight bits behind `profile_idc`: constraint_set0 in the highest. */
  readonly constraints: number
  /** `level_idc`: ten times the level. */
  readonly level: number
  readonly id: number
  /** `chroma_format_idc`: 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chromaFormat: number
  readonly bitDepthLuma: number
  readonly bitDepthChroma: number
  /** Picture size after cropping, in luma samples. */
  readonly width: number
  readonly height: number
  /** False when pictures may be coded as fields or with field macroblocks (`frame_mbs_only_flag` 0). */
  readonly progressive: boolean
  /** `max_num_ref_frames`. */
  readonly maxReferenceFrames: number
  /** Undefined when the SPS has none. */
  readonly vui: VideoUsabilityInformation | undefined
}

/** Profiles whose SPS tells chroma format, bit depth and scaling matrices (ITU-T H.264 §7.3.2.1.1). */
const HIGH_PROFILES: readonly number[] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]

/**
 * Largest picture side in macroblocks: that of level 6.2, √(8 × MaxFS) with MaxFS = 139 264
 * (ITU-T H.264 §A.3.1). 16 880 samples.
 */
const MAX_SIDE_IN_MACROBLOCKS = 1055

const SPEC = 'ITU-T H.264 §7.3.2.1.1'
const SPS: Structure = { name: 'an H.264 SPS', code: 'media.h264.sps', spec: SPEC }

/**
 * Reads a sequence parameter set NAL unit. Reading stops behind the VUI timing: HRD parameters and bitstream
 * restrictions are left alone.
 *
 * @param nalUnit - with its header byte and emulation prevention bytes, without length or start code.
 * @throws {ProtocolError} `media.h264.not_an_sps`, `media.h264.sps_truncated`, `media.h264.sps_invalid`
 *   for a value outside what the standard allows, `media.h264.picture_size` for a size no level has.
 * @see ITU-T H.264 §7.3.2.1.1, §7.4.2.1.1
 */
export function readSequenceParameterSet(nalUnit: Uint8Array): SequenceParameterSet {
  const type = nalUnitType(nalUnit)
  if (type !== NalUnitType.sequenceParameterSet) {
    throw new ProtocolError('media.h264.not_an_sps', `a NAL unit of type ${type} where an SPS (7) belongs`, {
      details: { type },
      spec: SPEC,
    })
  }
  return readStructure(SPS, nalUnit.length, () => readSps(new BitReader(rawByteSequencePayload(nalUnit))))
}

function readSps(reader: BitReader): SequenceParameterSet {
  const profile = reader.bits(8)
  const constraints = reader.bits(8)
  const level = reader.bits(8)
  const id = upTo(31, reader.ue(), 'seq_parameter_set_id', SPS)
  const format = HIGH_PROFILES.includes(profile) ? readFormat(reader) : DEFAULT_FORMAT
  upTo(12, reader.ue(), 'log2_max_frame_num_minus4', SPS)
  skipPictureOrderCount(reader)
  const maxReferenceFrames = upTo(16, reader.ue(), 'max_num_ref_frames', SPS)
  reader.flag() // gaps_in_frame_num_value_allowed_flag
  const widthInMacroblocks = reader.ue() + 1
  const heightInMapUnits = reader.ue() + 1
  const progressive = reader.flag()
  const heightInMacroblocks = heightInMapUnits * (progressive ? 1 : 2)
  if (Math.max(widthInMacroblocks, heightInMacroblocks) > MAX_SIDE_IN_MACROBLOCKS) {
    throw new ProtocolError(
      'media.h264.picture_size',
      `a picture of ${widthInMacroblocks}x${heightInMacroblocks} macroblocks; no level has a side of more than ${MAX_SIDE_IN_MACROBLOCKS}`,
      { details: { widthInMacroblocks, heightInMacroblocks }, spec: 'ITU-T H.264 §A.3.1' },
    )
  }
  if (!progressive) reader.flag() // mb_adaptive_frame_field_flag
  reader.flag() // direct_8x8_inference_flag
  const crop = reader.flag() ? readCrop(reader, format, progressive) : { horizontal: 0, vertical: 0 }
  const width = widthInMacroblocks * 16 - crop.horizontal
  const height = heightInMacroblocks * 16 - crop.vertical
  if (width <= 0 || height <= 0) {
    throw new ProtocolError('media.h264.picture_size', `cropping leaves a picture of ${width}x${height}`, {
      details: { width, height },
      spec: 'ITU-T H.264 §7.4.2.1.1',
    })
  }
  const vui = reader.flag() ? readVideoUsabilityInformation(reader) : undefined
  return {
    profile,
    constraints,
    level,
    id,
    chromaFormat: format.chromaFormat,
    bitDepthLuma: format.bitDepthLuma,
    bitDepthChroma: format.bitDepthChroma,
    width,
    height,
    progressive,
    maxReferenceFrames,
    vui,
  }
}

interface SampleFormat {
  readonly chromaFormat: number
  /** The three colours of 4:4:4 are coded as three monochrome pictures. */
  readonly separateColourPlanes: boolean
  readonly bitDepthLuma: number
  readonly bitDepthChroma: number
}

/** What Baseline, Main and Extended always have. */
const DEFAULT_FORMAT: SampleFormat = {
  chromaFormat: 1,
  separateColourPlanes: false,
  bitDepthLuma: 8,
  bitDepthChroma: 8,
}

function readFormat(reader: BitReader): SampleFormat {
  const chromaFormat = upTo(3, reader.ue(), 'chroma_format_idc', SPS)
  const separateColourPlanes = chromaFormat === 3 && reader.flag()
  const bitDepthLuma = upTo(6, reader.ue(), 'bit_depth_luma_minus8', SPS) + 8
  const bitDepthChroma = upTo(6, reader.ue(), 'bit_depth_chroma_minus8', SPS) + 8
  reader.flag() // qpprime_y_zero_transform_bypass_flag
  if (reader.flag()) skipScalingMatrix(reader, chromaFormat === 3 ? 12 : 8)
  return { chromaFormat, separateColourPlanes, bitDepthLuma, bitDepthChroma }
}

/** @see ITU-T H.264 §7.3.2.1.1.1 */
function skipScalingMatrix(reader: BitReader, lists: number): void {
  for (let list = 0; list < lists; list++) {
    if (!reader.flag()) continue
    const size = list < 6 ? 16 : 64
    let last = 8
    // A next scale of 0 ends the coded values: the rest of the list repeats the last one.
    for (let i = 0; i < size && last !== 0; i++) last = (last + reader.se() + 256) % 256
  }
}

function skipPictureOrderCount(reader: BitReader): void {
  const type = upTo(2, reader.ue(), 'pic_order_cnt_type', SPS)
  if (type === 0) upTo(12, reader.ue(), 'log2_max_pic_order_cnt_lsb_minus4', SPS)
  if (type !== 1) return
  reader.flag() // delta_pic_order_always_zero_flag
  reader.se() // offset_for_non_ref_pic
  reader.se() // offset_for_top_to_bottom_field
  const cycle = upTo(255, reader.ue(), 'num_ref_frames_in_pic_order_cnt_cycle', SPS)
  for (let i = 0; i < cycle; i++) reader.se()
}

/** Cropped luma samples, left plus right and top plus bottom (ITU-T H.264 equations 7-19 to 7-22). */
function readCrop(
  reader: BitReader,
  format: SampleFormat,
  progressive: boolean,
): { horizontal: number; vertical: number } {
  const chromaArrayType = format.separateColourPlanes ? 0 : format.chromaFormat
  const unitX = chromaArrayType === 1 || chromaArrayType === 2 ? 2 : 1
  const unitY = (chromaArrayType === 1 ? 2 : 1) * (progressive ? 1 : 2)
  const horizontal = (reader.ue() + reader.ue()) * unitX
  const vertical = (reader.ue() + reader.ue()) * unitY
  return { horizontal, vertical }
}
