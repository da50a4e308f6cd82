import { BitReader, ProtocolError } from '@sluice/core'
import { readStructure, type Structure, upTo } from '../bits/structure.ts'
import { rawByteSequencePayload } from '../h264/nal-unit.ts'
import { HEVC_NAL_HEADER_SIZE, HevcNalUnitType, hevcNalUnitType } from './nal-unit.ts'
import { type ProfileTierLevel, readProfileTierLevel, skipSubLayers } from './profile-tier-level.ts'
import { skipShortTermReferencePictureSets } from './short-term-reference-picture-set.ts'
import {
  type HevcVideoUsabilityInformation,
  readHevcVideoUsabilityInformation,
} from './video-usability-information.ts'

/** What an HEVC sequence parameter set says about the pictures. */
export interface HevcSequenceParameterSet {
  readonly profileTierLevel: ProfileTierLevel
  readonly id: number
  /** `chroma_format_idc`: 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chromaFormat: number
  readonly bitDepthLuma: number
  readonly bitDepthChroma: number
  /** Picture size inside the conformance window, in luma samples. */
  readonly width: number
  readonly height: number
  /** Undefined when the SPS has none. */
  readonly vui: HevcVideoUsabilityInformation | undefined
}

/** Largest picture side: that of level 6.2, √(8 × MaxLumaPs) with MaxLumaPs = 35 651 584 (ITU-T H.265 §A.4.1). */
const MAX_SIDE = 16_888

const SPS: Structure = { name: 'an HEVC SPS', code: 'media.hevc.sps', spec: 'ITU-T H.265 §7.3.2.2.1' }

/**
 * Reads an HEVC sequence parameter set NAL unit. Reading stops behind the VUI timing: HRD parameters,
 * bitstream restrictions and extensions are left alone.
 *
 * @param nalUnit - with its two header bytes and emulation prevention bytes, without length or start code.
 * @throws {ProtocolError} `media.hevc.not_an_sps`, `media.hevc.sps_truncated`, `media.hevc.sps_invalid`
 *   for a value outside what the standard allows, `media.hevc.picture_size` for a size no level has.
 * @see ITU-T H.265 §7.3.2.2.1, §7.4.3.2.1
 */
export function readHevcSequenceParameterSet(nalUnit: Uint8Array): HevcSequenceParameterSet {
  const type = hevcNalUnitType(nalUnit)
  if (type !== HevcNalUnitType.sequenceParameterSet) {
    throw new ProtocolError(
      'media.hevc.not_an_sps',
      `a NAL unit of type ${type} where an SPS (${HevcNalUnitType.sequenceParameterSet}) belongs`,
      { details: { type }, spec: SPS.spec },
    )
  }
  const payload = rawByteSequencePayload(nalUnit, HEVC_NAL_HEADER_SIZE)
  return readStructure(SPS, nalUnit.length, () => readSps(new BitReader(payload)))
}

function readSps(reader: BitReader): HevcSequenceParameterSet {
  reader.bits(4) // sps_video_parameter_set_id
  const subLayers = upTo(6, reader.bits(3), 'sps_max_sub_layers_minus1', SPS)
  reader.flag() // sps_temporal_id_nesting_flag
  const profileTierLevel = readProfileTierLevel(reader)
  skipSubLayers(reader, subLayers)
  const id = upTo(15, reader.ue(), 'sps_seq_parameter_set_id', SPS)
  const chromaFormat = upTo(3, reader.ue(), 'chroma_format_idc', SPS)
  if (chromaFormat === 3) reader.flag() // separate_colour_plane_flag
  const size = readSize(reader, chromaFormat)
  const bitDepthLuma = upTo(8, reader.ue(), 'bit_depth_luma_minus8', SPS) + 8
  const bitDepthChroma = upTo(8, reader.ue(), 'bit_depth_chroma_minus8', SPS) + 8
  const orderCountBits = upTo(12, reader.ue(), 'log2_max_pic_order_cnt_lsb_minus4', SPS) + 4
  skipDecodedPictureBuffer(reader, subLayers)
  skipCodingTools(reader)
  skipReferencePictures(reader, orderCountBits)
  reader.flag() // sps_temporal_mvp_enabled_flag
  reader.flag() // strong_intra_smoothing_enabled_flag
  const vui = reader.flag() ? readHevcVideoUsabilityInformation(reader) : undefined
  return { profileTierLevel, id, chromaFormat, bitDepthLuma, bitDepthChroma, ...size, vui }
}

/** The coded size less the conformance window's margins, which count chroma samples (ITU-T H.265 table 6-1). */
function readSize(reader: BitReader, chromaFormat: number): { width: number; height: number } {
  const codedWidth = reader.ue()
  const codedHeight = reader.ue()
  if (Math.max(codedWidth, codedHeight) > MAX_SIDE) {
    throw new ProtocolError(
      'media.hevc.picture_size',
      `a picture of ${codedWidth}x${codedHeight}; no level has a side of more than ${MAX_SIDE}`,
      { details: { width: codedWidth, height: codedHeight }, spec: 'ITU-T H.265 §A.4.1' },
    )
  }
  if (!reader.flag()) return checkedSize(codedWidth, codedHeight)
  const unitX = chromaFormat === 1 || chromaFormat === 2 ? 2 : 1
  const unitY = chromaFormat === 1 ? 2 : 1
  const width = codedWidth - (reader.ue() + reader.ue()) * unitX
  const height = codedHeight - (reader.ue() + reader.ue()) * unitY
  return checkedSize(width, height)
}

function checkedSize(width: number, height: number): { width: number; height: number } {
  if (width > 0 && height > 0) return { width, height }
  throw new ProtocolError('media.hevc.picture_size', `a picture of ${width}x${height} samples`, {
    details: { width, height },
    spec: 'ITU-T H.265 §7.4.3.2.1',
  })
}

function skipDecodedPictureBuffer(reader: BitReader, subLayers: number): void {
  const layers = reader.flag() ? subLayers + 1 : 1 // sps_sub_layer_ordering_info_present_flag
  for (let layer = 0; layer < layers; layer++) {
    reader.ue() // sps_max_dec_pic_buffering_minus1
    reader.ue() // sps_max_num_reorder_pics
    reader.ue() // sps_max_latency_increase_plus1
  }
}

function skipCodingTools(reader: BitReader): void {
  reader.ue() // log2_min_luma_coding_block_size_minus3
  reader.ue() // log2_diff_max_min_luma_coding_block_size
  reader.ue() // log2_min_luma_transform_block_size_minus2
  reader.ue() // log2_diff_max_min_luma_transform_block_size
  reader.ue() // max_transform_hierarchy_depth_inter
  reader.ue() // max_transform_hierarchy_depth_intra
  // scaling_list_enabled_flag, sps_scaling_list_data_present_flag
  if (reader.flag() && reader.flag()) skipScalingLists(reader)
  reader.flag() // amp_enabled_flag
  reader.flag() // sample_adaptive_offset_enabled_flag
  if (!reader.flag()) return // pcm_enabled_flag
  reader.bits(4) // pcm_sample_bit_depth_luma_minus1
  reader.bits(4) // pcm_sample_bit_depth_chroma_minus1
  reader.ue() // log2_min_pcm_luma_coding_block_size_minus3
  reader.ue() // log2_diff_max_min_pcm_luma_coding_block_size
  reader.flag() // pcm_loop_filter_disabled_flag
}

/** @see ITU-T H.265 §7.3.4 */
function skipScalingLists(reader: BitReader): void {
  for (let size = 0; size < 4; size++) {
    // Of the largest size only the lists of luma are sent.
    for (let matrix = 0; matrix < 6; matrix += size === 3 ? 3 : 1) {
      if (!reader.flag()) {
        reader.ue() // scaling_list_pred_matrix_id_delta
        continue
      }
      if (size > 1) reader.se() // scaling_list_dc_coef_minus8
      const coefficients = Math.min(64, 1 << (4 + 2 * size))
      for (let i = 0; i < coefficients; i++) reader.se()
    }
  }
}

function skipReferencePictures(reader: BitReader, orderCountBits: number): void {
  const shortTermSets = upTo(64, reader.ue(), 'num_short_term_ref_pic_sets', SPS)
  skipShortTermReferencePictureSets(reader, shortTermSets, SPS)
  if (!reader.flag()) return // long_term_ref_pics_present_flag
  const longTerm = upTo(32, reader.ue(), 'num_long_term_ref_pics_sps', SPS)
  for (let i = 0; i < longTerm; i++) {
    reader.bits(orderCountBits) // lt_ref_pic_poc_lsb_sps
    reader.flag() // used_by_curr_pic_lt_sps_flag
  }
}
