import type { BitReader } from '@sluice/core'
import { type ColourDescription, specified, UNSPECIFIED } from '../colour.ts'

/** What the VUIs of H.264 and HEVC both begin with. */
export interface PictureDescription {
  /** Width to height of one sample; undefined when unspecified. */
  readonly sampleAspectRatio: readonly [number, number] | undefined
  /** Undefined when absent, and when it says nothing that is not assumed anyway. */
  readonly colour: ColourDescription | undefined
}

/** The part of an SPS's VUI that tells how pictures are shown. */
export interface VideoUsabilityInformation extends PictureDescription {
  /** Undefined when absent, or when one of its two counts is 0. */
  readonly timing: VideoTiming | undefined
}

/** A field lasts `numUnitsInTick` / `timeScale` seconds, a frame twice that. */
export interface VideoTiming {
  readonly numUnitsInTick: number
  readonly timeScale: number
  readonly fixedFrameRate: boolean
}

/** aspect_ratio_idc 1 to 16 (ITU-T H.264 table E-1, ITU-T H.265 table E.1). */
const SAMPLE_ASPECT_RATIOS: readonly (readonly [number, number])[] = [
  [1, 1],
  [12, 11],
  [10, 11],
  [16, 11],
  [40, 33],
  [24, 11],
  [20, 11],
  [32, 11],
  [80, 33],
  [18, 11],
  [15, 11],
  [64, 33],
  [160, 99],
  [4, 3],
  [3, 2],
  [2, 1],
]

const EXTENDED_SAR = 255

/**
 * Reads VUI parameters as far as the timing.
 *
 * @param reader - behind `vui_parameters_present_flag`; its errors pass through.
 * @see ITU-T H.264 §E.1.1, §E.2.1
 */
export function readVideoUsabilityInformation(reader: BitReader): VideoUsabilityInformation {
  const picture = readPictureDescription(reader)
  const timing = reader.flag() ? readTiming(reader) : undefined
  return { ...picture, timing }
}

/**
 * Reads VUI parameters as far as the chroma sample location, where those of H.264 and HEVC part.
 *
 * @see ITU-T H.264 §E.1.1, ITU-T H.265 §E.2.1
 */
export function readPictureDescription(reader: BitReader): PictureDescription {
  const sampleAspectRatio = reader.flag() ? readSampleAspectRatio(reader) : undefined
  if (reader.flag()) reader.flag() // overscan_info_present_flag: overscan_appropriate_flag
  const colour = reader.flag() ? readVideoSignalType(reader) : undefined
  if (reader.flag()) {
    reader.ue() // chroma_sample_loc_type_top_field
    reader.ue() // chroma_sample_loc_type_bottom_field
  }
  return { sampleAspectRatio, colour }
}

function readSampleAspectRatio(reader: BitReader): readonly [number, number] | undefined {
  const idc = reader.bits(8)
  if (idc !== EXTENDED_SAR) return SAMPLE_ASPECT_RATIOS[idc - 1]
  const width = reader.bits(16)
  const height = reader.bits(16)
  return width > 0 && height > 0 ? [width, height] : undefined
}

function readVideoSignalType(reader: BitReader): ColourDescription | undefined {
  reader.bits(3) // video_format
  const fullRange = reader.flag()
  const [primaries, transfer, matrix] = reader.flag()
    ? [reader.bits(8), reader.bits(8), reader.bits(8)]
    : [UNSPECIFIED, UNSPECIFIED, UNSPECIFIED]
  return specified({ primaries, transfer, matrix, fullRange })
}

function readTiming(reader: BitReader): VideoTiming | undefined {
  const numUnitsInTick = reader.bits(32)
  const timeScale = reader.bits(32)
  const fixedFrameRate = reader.flag()
  return numUnitsInTick > 0 && timeScale > 0 ? { numUnitsInTick, timeScale, fixedFrameRate } : undefined
}
