import type { FfmpegEnd } from './ffmpeg-arguments.ts'
import { decoderThreads, type Picture } from './threads.ts'

/** Containers a source is handed over in, in ffmpeg's names. `mp4` is fragmented, for codecs this ffmpeg cannot read from FLV. */
export type InputFormat = 'flv' | 'mp4'

/**
 * Media ffmpeg looks at before it starts, in microseconds. It starts earlier once both tracks are known: after the first
 * few frames (0.15 s at real-time input). The limit counts only for an FLV of a single track, where it waits for a
 * second one (0.6 s), and never while a backlog is fed, which arrives at once.
 */
const ANALYZE = 500_000

/**
 * Bytes looked at while starting. Small values are a trap: a single large keyframe ends the analysis, the audio's
 * format stays unknown, and the order of B-frames has to be guessed.
 */
const PROBE = 5_000_000

/** How ffmpeg reads the source: from standard input, its timestamps untouched. */
export function inputArguments(format: InputFormat, picture: Picture | undefined): FfmpegEnd {
  return {
    options: [
      '-probesize',
      `${PROBE}`,
      '-analyzeduration',
      `${ANALYZE}`,
      // The frame rate is not worth waiting for: encoders run on timestamps.
      '-fpsprobesize',
      '0',
      '-threads',
      `${decoderThreads(picture)}`,
      '-f',
      format,
    ],
    url: 'pipe:0',
  }
}
