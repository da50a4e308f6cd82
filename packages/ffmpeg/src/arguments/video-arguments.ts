import type { Millis } from '@sluice/core'
import { minimumFrameSpacing, type VideoRung } from '@sluice/ladder'
import { fragmentedMp4 } from './mux-arguments.ts'
import { encoderThreads } from './threads.ts'

/**
 * Keyframe distance in frames that is never reached: keyframes come where the source has them, and nowhere else.
 */
const NEVER = 1_000_000

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
