import type { LadderPlan, VideoRung } from '@sluice/ladder'
import type { VideoTrack } from '@sluice/media'

/**
 * Millions of pixels per second that one thread is given. What one manages on a core of 2020 (measured, 720p): 460 decoding H.264,
 * of which HEVC and AV1 take half; 1400 scaling; 65 tone mapping; 80 encoding with x264's `veryfast`.
 */
const DECODER_LOAD = 100
const FILTER_LOAD = 300
const ENCODER_LOAD = 25
/** At the size of the largest rung. */
const TONE_MAPPING_LOAD = 20

const MOST_THREADS = 8

/** What of a source's track decides about threads. */
export type Picture = Pick<VideoTrack, 'width' | 'height' | 'frameRate'>

/** Assumed where a track does not say, in frames a second. */
const USUAL_FRAME_RATE = 60

/**
 * Threads of the source's decoder. Each beyond the first delays it by a frame and costs CPU; ffmpeg's default grows with the
 * machine's cores whatever the picture's size.
 */
export function decoderThreads(picture: Picture | undefined): number {
  return threads(pixelRate(picture), DECODER_LOAD)
}

/**
 * Threads of the filters of all rungs, which ffmpeg splits every picture among. Where one is enough, waking up others costs more
 * than they bring: 3 to 6 % of a small ladder.
 */
export function filterThreads(
  picture: Picture | undefined,
  { rungs, toneMap }: Pick<LadderPlan, 'rungs' | 'toneMap'>,
): number {
  const scaling = threads(pixelRate(picture) * rungs.length, FILTER_LOAD)
  const [largest] = rungs
  if (toneMap === undefined || picture === undefined || largest === undefined) return scaling
  return Math.max(
    scaling,
    threads(pixelRate({ ...largest, frameRate: picture.frameRate }), TONE_MAPPING_LOAD),
  )
}

/** Threads of a rung's encoder. x264 works on one frame per thread, so each is a frame of delay. CPU time is the same. */
export function encoderThreads(rung: VideoRung): number {
  const rate = rung.frameRate ?? rung.maxFrameRate ?? USUAL_FRAME_RATE
  return Math.min(MOST_THREADS, 1 + threads((rung.width * rung.height * rate) / 1e6, ENCODER_LOAD))
}

/** In millions of pixels per second. */
function pixelRate(picture: Picture | undefined): number {
  if (picture === undefined) return 0
  return (picture.width * picture.height * (picture.frameRate ?? USUAL_FRAME_RATE)) / 1e6
}

function threads(load: number, each: number): number {
  return Math.min(MOST_THREADS, Math.max(1, Math.ceil(load / each)))
}
