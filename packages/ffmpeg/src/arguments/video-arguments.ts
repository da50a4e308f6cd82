import type { Millis } from '@sluice/core'
import { minimumFrameSpacing, type Preset, type VideoRung } from '@sluice/ladder'
import { bitRateArguments } from './bit-rate.ts'
import { fragmentedMp4 } from './mux-arguments.ts'
import { encoderThreads, type Picture } from './threads.ts'
import { deliveryFilters, encoderName, type VideoEncoder } from './video-encoder.ts'

/**
 * Keyframe distance in frames that is never reached: keyframes come where the source has them, and nowhere else.
 */
const NEVER = 1_000_000

/** The same for GPUs, some of whose drivers keep it in 16 bits. */
const NEVER_ON_GPU = 32_767

/** What NVENC has in the place of x264's presets: its own from 1, the fastest, to 7. */
const NVENC_PRESETS: { readonly [preset in Preset]: string } = {
  ultrafast: 'p1',
  superfast: 'p2',
  veryfast: 'p3',
  faster: 'p4',
  fast: 'p5',
  medium: 'p6',
}

/** What all rungs of a process have in common. */
export interface VideoSetting {
  readonly encoder: VideoEncoder
  /** The source's. */
  readonly picture: Picture | undefined
  /** See `fragmentedMp4`. */
  readonly fragment: Millis
}

/**
 * The filters from a decoded frame to one as the rung wants it: fewer frames where there is a cap, the rung's
 * size in square pixels, as the encoder takes it. A frame marked as key always passes the cap: a segment begins there.
 */
export function videoFilters(rung: VideoRung, encoder: VideoEncoder): string {
  const scale = `scale=${rung.width}:${rung.height},setsar=1,${deliveryFilters(encoder)}`
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
export function videoArguments(rung: VideoRung, setting: VideoSetting): string[] {
  return [
    '-c:v',
    encoderName(setting.encoder),
    ...encoderArguments(rung, setting),
    '-force_key_frames',
    'source',
    '-flags',
    '+cgop',
    '-fps_mode',
    'passthrough',
    '-enc_time_base',
    '1:1000',
    ...fragmentedMp4(setting.fragment),
    '-video_track_timescale',
    '90000',
  ]
}

function encoderArguments(rung: VideoRung, { encoder, picture }: VideoSetting): string[] {
  const { preset, profile, level } = rung
  const bitRate = bitRateArguments(rung, encoder, picture)
  switch (encoder.kind) {
    case 'software':
      return [
        ...['-preset', preset, '-profile:v', profile, '-level:v', `${Math.floor(level / 10)}.${level % 10}`],
        ...[...bitRate, '-threads', `${encoderThreads(rung)}`],
        ...['-forced-idr', '1', '-g', `${NEVER}`, '-sc_threshold', '0'],
      ]
    case 'nvenc':
      return [
        ...['-preset', NVENC_PRESETS[preset], '-profile:v', profile, '-level:v', `${level}`],
        // Each frame comes out before the next goes in; by default they wait for each other.
        ...['-rc', 'vbr', ...bitRate, '-bf', '0', '-delay', '0'],
        ...['-forced-idr', '1', '-g', `${NEVER_ON_GPU}`],
      ]
    case 'vaapi':
      // Speed is the driver's choice: what its levels of quality mean differs with each. A forced keyframe is always IDR.
      return [
        ...['-profile:v', profile === 'baseline' ? 'constrained_baseline' : profile, '-level:v', `${level}`],
        ...[...bitRate, '-bf', '0', '-async_depth', '1', '-g', `${NEVER_ON_GPU}`],
      ]
  }
}
