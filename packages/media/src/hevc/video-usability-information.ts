import type { BitReader } from '@sluice/core'
import { type PictureDescription, readPictureDescription } from '../h264/video-usability-information.ts'

/** The part of an HEVC SPS's VUI that tells how pictures are shown. */
export interface HevcVideoUsabilityInformation extends PictureDescription {
  /** `field_seq_flag`: each coded picture is one field. */
  readonly fields: boolean
  /** Undefined when absent, or when one of its two counts is 0. */
  readonly timing: HevcVideoTiming | undefined
}

/** A coded picture lasts `numUnitsInTick` / `timeScale` seconds: unlike in H.264, not half of one. */
export interface HevcVideoTiming {
  readonly numUnitsInTick: number
  readonly timeScale: number
}

/**
 * Reads HEVC's VUI parameters as far as the timing.
 *
 * @param reader - behind `vui_parameters_present_flag`; its errors pass through.
 * @see ITU-T H.265 §E.2.1, §E.3.1
 */
export function readHevcVideoUsabilityInformation(reader: BitReader): HevcVideoUsabilityInformation {
  const picture = readPictureDescription(reader)
  reader.flag() // neutral_chroma_indication_flag
  const fields = reader.flag()
  reader.flag() // frame_field_info_present_flag
  if (reader.flag()) skipDefaultDisplayWindow(reader)
  const timing = reader.flag() ? readTiming(reader) : undefined
  return { ...picture, fields, timing }
}

/** The window only says what to show where a screen is too small; the picture keeps its size. */
function skipDefaultDisplayWindow(reader: BitReader): void {
  for (let side = 0; side < 4; side++) reader.ue()
}

function readTiming(reader: BitReader): HevcVideoTiming | undefined {
  const numUnitsInTick = reader.bits(32)
  const timeScale = reader.bits(32)
  return numUnitsInTick > 0 && timeScale > 0 ? { numUnitsInTick, timeScale } : undefined
}
