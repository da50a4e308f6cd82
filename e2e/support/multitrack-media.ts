import { join } from 'node:path'
import { recordTestCard } from '@sluice/testkit'

/** A picture of a recording. */
export interface TrackPicture {
  readonly width: number
  readonly height: number
  /** Frames from keyframe to keyframe. */
  readonly gop: number
}

/** What a recording consists of. */
export interface TracksRecording {
  /** `marked`: a flash and a beep every second. */
  readonly look: 'steady' | 'marked'
  /** The first is the default one, and the largest. */
  readonly pictures: readonly TrackPicture[]
  readonly seconds: number
  /** Of the second sound; the first is AAC. Default `aac`. */
  readonly secondSound?: 'aac' | 'libopus'
  /** Default 3. */
  readonly bFrames?: number
}

const FRAME_RATE = 25

/**
 * Encodes the test card as Matroska with an H.264 track for each picture and two sounds, to be published without being encoded
 * again. The second sound has a tenth of the first one's amplitude.
 *
 * @param name - of the file, without its ending.
 * @returns the file's name in the folder.
 */
export async function recordTracks(
  folder: string,
  name: string,
  { look, pictures, seconds, secondSound = 'aac', bFrames = 3 }: TracksRecording,
): Promise<string> {
  const { width, height } = pictures[0] ?? { width: 640, height: 360 }
  const file = `${name}.mkv`
  const marks = look === 'marked' ? ({ video: 'flash', audio: 'beep' } as const) : {}
  const card = { width, height, ...marks, frameRate: FRAME_RATE, seconds }
  await recordTestCard(join(folder, file), card, [
    ...pictures.flatMap((picture, index) => [
      ...['-map', '0:v', `-filter:v:${index}`, `scale=${picture.width}:${picture.height},setsar=1`],
      ...[`-g:v:${index}`, String(picture.gop), `-keyint_min:v:${index}`, String(picture.gop)],
    ]),
    ...[
      '-c:v',
      'libx264',
      '-preset',
      'superfast',
      '-sc_threshold',
      '0',
      '-bf',
      String(bFrames),
      '-b:v',
      '800k',
    ],
    ...['-pix_fmt', 'yuv420p', '-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709'],
    ...['-map', '1:a', '-map', '1:a', '-filter:a:1', 'volume=0.1', '-c:a', 'aac', '-c:a:1', secondSound],
    ...['-ac', '2', '-b:a', '96k'],
  ])
  return file
}
