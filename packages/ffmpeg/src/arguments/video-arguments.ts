import type { Millis } from '@sluice/core'
import { minimumFrameSpacing, type VideoRung } from '@sluice/ladder'
import { fragmentedMp4 } from './mux-arguments.ts'

/**
 * Keyframe distance in frames that is never reached: keyframes come where the source has them, and nowhere else.
 */
const NEVER = 1_000_000

/** Millions of pixels per second one x264 thread is given at least; it manages about 80 at `veryfast`. */
const PIXELS_PER_THREAD = 25

/**
 * Threads of a rung's encoder. x264 works on one frame per thread, so each is a frame of delay; its default grows
 * with the machine's cores whatever the picture's size. CPU time is the same.
 */
export function encoderThreads(rung: VideoRung): number {
  const rate = rung.frameRate ?? rung.maxFrameRate ?? 60
  const pixels = (rung.width * rung.height * rate) / 1e6
  return Math.min(8, 1 + Math.ceil(pixels / PIXELS_PER_THREAD))
}

/**
 * The filters from a decoded frame to one as the rung wants it: fewer frames where there is a cap, the rung's
 * size in square pixels, 8-bit 4:2:0. A frame marked as key always passes the cap: a segment begins there.
 */
export function videoFilters(rung: VideoRung): string {
  const scale = `scale=${rung.width}:${rung.height},setsar=1,format=yuv420p`
  if (rung.maxFrameRate === undefined) return scale
  const spacing = minimumFrameSpacing(rung.maxFrameRate).toFixed(4)
  return `select='key+isnan(prev_selected_t)+gte(t-prev_selected_t,${spacing})',${scale}`
}

/**
 * Encoder and muxer options of one video rung.
 *
 * `force_key_frames source` makes an IDR frame of every frame the decoder marks as key: keyframes, and frames behind a
 * recovery point SEI message (ITU-T H.264 §D.2.8), whatever their type. So all rungs have their keyframes exactly where
 * the source's are, and where a boundary was marked. Timestamps stay the input's milliseconds: no frame is
 * duplicated or dropped for a constant rate, and 90 000 ticks per second hold milliseconds exactly.
 */
export function videoArguments(rung: VideoRung, fragment: Millis): string[] {
  return [
    '-c:v',
    'libx264',
    '-preset',
    rung.preset,
    '-profile:v',
    rung.profile,
    '-level:v',
    `${Math.floor(rung.level / 10)}.${rung.level % 10}`,
    '-b:v',
    `${rung.bitrate}`,
    '-maxrate',
    `${rung.maxrate}`,
    '-bufsize',
    `${rung.bufsize}`,
    '-threads',
    `${encoderThreads(rung)}`,
    '-force_key_frames',
    'source',
    '-forced-idr',
    '1',
    '-flags',
    '+cgop',
    '-g',
    `${NEVER}`,
    '-sc_threshold',
    '0',
    '-fps_mode',
    'passthrough',
    '-enc_time_base',
    '1:1000',
    ...fragmentedMp4(fragment),
    '-video_track_timescale',
    '90000',
  ]
}
