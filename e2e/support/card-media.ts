import { join } from 'node:path'
import { recordTestCard } from '@sluice/testkit'

const FRAME_RATE = 25

/** Just large enough for a rung of another size. */
export const CARD_SIZE = { width: 736, height: 414 } as const

const PICTURE = [
  ...['-pix_fmt', 'yuv420p', '-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709'],
  ...['-color_range', 'tv', '-b:v', '1500k', '-g', String(FRAME_RATE)],
]

/** ffmpeg's options for each codec, with a keyframe every second. */
const VIDEO_ENCODERS = {
  h264: (bFrames: number) => [
    ...['-c:v', 'libx264', '-preset', 'superfast', '-sc_threshold', '0', '-bf', String(bFrames)],
  ],
  hevc: (bFrames: number) => [
    ...['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params'],
    `keyint=${FRAME_RATE}:min-keyint=${FRAME_RATE}:scenecut=0:open-gop=0:bframes=${bFrames}:log-level=error`,
  ],
  av1: () => ['-c:v', 'libsvtav1', '-preset', '10'],
  // Frames that are decoded and not shown, in superframes with the next.
  vp9: () => [
    ...['-c:v', 'libvpx-vp9', '-cpu-used', '8', '-row-mt', '1', '-lag-in-frames', '16', '-auto-alt-ref', '1'],
  ],
} as const

const AUDIO_ENCODERS = {
  aac: ['-c:a', 'aac'],
  opus: ['-c:a', 'libopus'],
  flac: ['-c:a', 'flac', '-sample_fmt', 's16'],
  ac3: ['-c:a', 'ac3'],
  eac3: ['-c:a', 'eac3'],
  mp3: ['-c:a', 'libmp3lame'],
} as const

/** Codecs of a recording. */
export interface CardCodecs {
  readonly video: keyof typeof VIDEO_ENCODERS
  readonly audio: keyof typeof AUDIO_ENCODERS
  /** Of H.264 and HEVC; default 3. */
  readonly bFrames?: number
}

/**
 * Encodes the test card as Matroska, to be published without being encoded again.
 *
 * @param look - `marked`: a flash and a beep every second.
 * @returns the file's name in the folder.
 */
export async function recordCard(
  folder: string,
  { video, audio, bFrames = 3 }: CardCodecs,
  look: 'steady' | 'marked',
  seconds: number,
): Promise<string> {
  const name = `${look}-${video}-${bFrames}-${audio}.mkv`
  const marks = look === 'marked' ? ({ video: 'flash', audio: 'beep' } as const) : {}
  await recordTestCard(join(folder, name), { ...CARD_SIZE, ...marks, frameRate: FRAME_RATE, seconds }, [
    ...PICTURE,
    ...VIDEO_ENCODERS[video](bFrames),
    ...AUDIO_ENCODERS[audio],
    ...['-ac', '2', '-b:a', '96k'],
  ])
  return name
}
