import type { Preset, RungTemplate } from './profile.ts'

/** CPU time per pixel against H.264. */
const CODEC_FACTOR: { readonly [codec in RungTemplate['codec']]: number } = { h264: 1 }

/** CPU time of x264 per frame against `veryfast`, measured with x264 r3095 on noisy 854x480 video at 1.4 Mbit/s. */
const PRESET_FACTOR: { readonly [preset in Preset]: number } = {
  ultrafast: 0.3,
  superfast: 0.6,
  veryfast: 1,
  faster: 1.4,
  fast: 2,
  medium: 2.5,
}

/** What one encoder has to do. */
export interface EncoderLoad {
  readonly codec: RungTemplate['codec']
  readonly preset: Preset
  readonly width: number
  readonly height: number
  /** Frames per second. */
  readonly frameRate: number
}

/**
 * What a rung costs a worker: millions of pixels per second, in units of H.264 at `veryfast`. Only ratios
 * matter; workers correct it by what they measure. 720p at 30 frames is 27.6.
 */
export function rungCost(load: EncoderLoad): number {
  const pixels = (load.width * load.height * load.frameRate) / 1e6
  return pixels * CODEC_FACTOR[load.codec] * PRESET_FACTOR[load.preset]
}
