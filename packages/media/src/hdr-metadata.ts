import type { ByteReader } from '@sluice/core'

/** A point of the CIE 1931 diagram: x and y, in steps of 0.00002 from 0 to 50 000. */
export type Chromaticity = readonly [x: number, y: number]

/**
 * The display that the pictures were made on, in the whole numbers that H.264, HEVC and MP4 write.
 *
 * @see SMPTE ST 2086; ITU-T H.265 §D.3.28
 */
export interface MasteringDisplay {
  readonly red: Chromaticity
  readonly green: Chromaticity
  readonly blue: Chromaticity
  readonly white: Chromaticity
  /** Steps of 0.0001 cd/m², 32 bits. */
  readonly maxLuminance: number
  /** Steps of 0.0001 cd/m², 32 bits. */
  readonly minLuminance: number
}

/** Brightness of the content, in whole cd/m², 16 bits each. @see CTA-861.3 Annex P */
export interface ContentLightLevel {
  /** MaxCLL: the brightest pixel; 0 is "unknown", here and in the next one. */
  readonly maximum: number
  /** MaxFALL: the highest mean of one frame. */
  readonly maximumFrameAverage: number
}

/** A mastering display in the units of physics: chromaticities from 0 to 1, luminances in cd/m². */
export interface MeasuredDisplay {
  readonly red: readonly [x: number, y: number]
  readonly green: readonly [x: number, y: number]
  readonly blue: readonly [x: number, y: number]
  readonly white: readonly [x: number, y: number]
  readonly maxLuminance: number
  readonly minLuminance: number
}

const CHROMATICITY_STEPS = 50_000
const LUMINANCE_STEPS = 10_000
const MAX_U16 = 0xffff
const MAX_U32 = 0xffff_ffff

/** The nearest values that MP4 can write; undefined where one of them is out of range: no such display exists. */
export function masteringDisplay(measured: MeasuredDisplay): MasteringDisplay | undefined {
  const point = ([x, y]: readonly [number, number]): Chromaticity => [
    Math.round(x * CHROMATICITY_STEPS),
    Math.round(y * CHROMATICITY_STEPS),
  ]
  const display: MasteringDisplay = {
    red: point(measured.red),
    green: point(measured.green),
    blue: point(measured.blue),
    white: point(measured.white),
    maxLuminance: Math.round(measured.maxLuminance * LUMINANCE_STEPS),
    minLuminance: Math.round(measured.minLuminance * LUMINANCE_STEPS),
  }
  const { red, green, blue, white, maxLuminance, minLuminance } = display
  const fits =
    [red, green, blue, white].flat().every((value) => value >= 0 && value <= CHROMATICITY_STEPS) &&
    [maxLuminance, minLuminance].every((value) => value >= 0 && value <= MAX_U32)
  return fits ? display : undefined
}

/** The nearest values that MP4 can write; undefined where one of them is out of range. @param maximum - cd/m², as the other. */
export function contentLightLevel(
  maximum: number,
  maximumFrameAverage: number,
): ContentLightLevel | undefined {
  const level = {
    maximum: Math.round(maximum),
    maximumFrameAverage: Math.round(maximumFrameAverage),
  }
  return Object.values(level).every((value) => value >= 0 && value <= MAX_U16) ? level : undefined
}

/** Bytes of `mastering_display_colour_volume()`. */
export const MASTERING_DISPLAY_SIZE = 24
/** Bytes of `content_light_level_info()`. */
export const CONTENT_LIGHT_LEVEL_SIZE = 4

/**
 * Reads `mastering_display_colour_volume()` of H.264 and HEVC: green first.
 *
 * @param reader - of at least `MASTERING_DISPLAY_SIZE` bytes.
 * @see ITU-T H.265 §D.2.28
 */
export function readMasteringDisplay(reader: ByteReader): MasteringDisplay {
  const point = (): Chromaticity => [reader.u16be(), reader.u16be()]
  const [green, blue, red, white] = [point(), point(), point(), point()]
  return { red, green, blue, white, maxLuminance: reader.u32be(), minLuminance: reader.u32be() }
}

/**
 * Reads `content_light_level_info()`, which H.264, HEVC and AV1 share.
 *
 * @param reader - of at least `CONTENT_LIGHT_LEVEL_SIZE` bytes.
 * @see ITU-T H.265 §D.2.35, AV1 §5.8.3
 */
export function readContentLightLevel(reader: ByteReader): ContentLightLevel {
  return { maximum: reader.u16be(), maximumFrameAverage: reader.u16be() }
}
