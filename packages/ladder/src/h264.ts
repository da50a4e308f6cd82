import { UnsupportedError } from '@sluice/core'
import type { Preset } from './profile.ts'

/** H.264 profiles the ladder writes. */
export type H264Profile = 'baseline' | 'high'

/**
 * One row of ITU-T H.264 Table A-1: the level, its limits in macroblocks per second and per frame, and its
 * bit rate and decoder buffer in units of 1000 bits (Baseline) or 1250 bits (High, Table A-2).
 */
interface LevelLimits {
  /** As written in the stream: 31 is level 3.1. */
  readonly level: number
  readonly macroblocksPerSecond: number
  readonly macroblocksPerFrame: number
  readonly bitrate: number
  readonly buffer: number
}

function limits(
  level: number,
  macroblocksPerSecond: number,
  macroblocksPerFrame: number,
  bitrate: number,
  buffer: number,
): LevelLimits {
  return { level, macroblocksPerSecond, macroblocksPerFrame, bitrate, buffer }
}

const LEVELS: readonly LevelLimits[] = [
  limits(10, 1_485, 99, 64, 175),
  limits(11, 3_000, 396, 192, 500),
  limits(12, 6_000, 396, 384, 1_000),
  limits(13, 11_880, 396, 768, 2_000),
  limits(20, 11_880, 396, 2_000, 2_000),
  limits(21, 19_800, 792, 4_000, 4_000),
  limits(22, 20_250, 1_620, 4_000, 4_000),
  limits(30, 40_500, 1_620, 10_000, 10_000),
  limits(31, 108_000, 3_600, 14_000, 14_000),
  limits(32, 216_000, 5_120, 20_000, 20_000),
  limits(40, 245_760, 8_192, 20_000, 25_000),
  limits(41, 245_760, 8_192, 50_000, 62_500),
  limits(42, 522_240, 8_704, 50_000, 62_500),
  limits(50, 589_824, 22_080, 135_000, 135_000),
  limits(51, 983_040, 36_864, 240_000, 240_000),
  limits(52, 2_073_600, 36_864, 240_000, 240_000),
  limits(60, 4_177_920, 139_264, 240_000, 240_000),
  limits(61, 8_355_840, 139_264, 480_000, 480_000),
  limits(62, 16_711_680, 139_264, 800_000, 800_000),
]

/**
 * The profile x264 really writes with a preset. It names the smallest profile that holds the tools in use,
 * whatever was asked for: `ultrafast` has neither CABAC, B-frames nor 8x8 transform, so its stream is
 * Baseline; all others use the 8x8 transform, which only High has.
 */
export function h264Profile(preset: Preset): H264Profile {
  return preset === 'ultrafast' ? 'baseline' : 'high'
}

/** What decides a stream's level. */
export interface LevelDemand {
  readonly profile: H264Profile
  readonly width: number
  readonly height: number
  readonly frameRate: number
  /** Peak bits per second (`maxrate`). */
  readonly maxrate: number
  /** Decoder buffer in bits (`bufsize`). */
  readonly bufsize: number
}

/**
 * The lowest level that holds a stream, as written in it: 31 is level 3.1.
 *
 * @throws {UnsupportedError} `ladder.h264.no_level` when it is beyond level 6.2.
 * @see ITU-T H.264 Table A-1
 */
export function h264Level(demand: LevelDemand): number {
  const { width, height, frameRate, maxrate, bufsize } = demand
  const columns = Math.ceil(width / 16)
  const rows = Math.ceil(height / 16)
  const frame = columns * rows
  const unit = demand.profile === 'high' ? 1250 : 1000
  const fit = LEVELS.find(
    (row) =>
      frame <= row.macroblocksPerFrame &&
      frame * frameRate <= row.macroblocksPerSecond &&
      // No side longer than √(8 × the frame's macroblocks): §A.3.1 f and g.
      Math.max(columns, rows) ** 2 <= 8 * row.macroblocksPerFrame &&
      maxrate <= row.bitrate * unit &&
      bufsize <= row.buffer * unit,
  )
  if (fit) return fit.level
  throw new UnsupportedError(
    'ladder.h264.no_level',
    `no H.264 level holds ${width}x${height} at ${frameRate} frames and ${maxrate} bits per second`,
  )
}

/**
 * The RFC 6381 codec string of a stream x264 wrote: profile, constraint flags, level in hexadecimal.
 * x264 sets constraint flags 0 and 1 in Baseline and none in High.
 */
export function h264CodecString(profile: H264Profile, level: number): string {
  return `avc1.${profile === 'high' ? '6400' : '42c0'}${level.toString(16).padStart(2, '0')}`
}
