import { join } from 'node:path'
import { runChild } from '@sluice/testkit'

/** Frames a second, and from keyframe to keyframe. */
const FRAME_RATE = 25

const X265 = [
  ...['hdr10=1', 'master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)'],
  ...['max-cll=1000,400', 'range=limited', `keyint=${FRAME_RATE}`, `min-keyint=${FRAME_RATE}`],
  ...['scenecut=0', 'open-gop=0', 'log-level=error'],
].join(':')

/** Pictures of high dynamic range: how they are encoded, and the code of 203 cd/m², the white of graphics (ITU-R BT.2408 §2.2). */
const FORMATS = {
  /** HEVC in PQ, with what HDR10 tells of light. */
  hdr10: {
    white: 0.58,
    transfer: 'smpte2084',
    encoder: ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', X265],
  },
  /** AV1 in HLG. */
  hlg: {
    white: 0.75,
    transfer: 'arib-std-b67',
    encoder: ['-c:v', 'libsvtav1', '-preset', '10', '-g', String(FRAME_RATE)],
  },
} as const

/**
 * Encodes pictures of high dynamic range as Matroska: white of 203 cd/m² with a moving pattern in the middle, and a tone.
 *
 * @returns the file's name in the folder.
 */
export async function recordHdr(
  folder: string,
  format: keyof typeof FORMATS,
  seconds: number,
): Promise<string> {
  const { white, transfer, encoder } = FORMATS[format]
  const name = `${format}.mkv`
  // 10 bits of limited range: 64 + 876 × code.
  const grey = Math.round(64 + 876 * white)
  const picture =
    `color=c=black:s=736x414:r=${FRAME_RATE},format=yuv420p10le,geq=lum=${grey}:cb=512:cr=512[back];` +
    `testsrc=s=184x104:r=${FRAME_RATE},format=yuv420p10le[in];[back][in]overlay=(W-w)/2:(H-h)/2:format=yuv420p10`
  const { code, output } = await runChild('ffmpeg', [
    ...['-hide_banner', '-loglevel', 'warning', '-f', 'lavfi', '-i', picture],
    ...['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000', '-t', String(seconds)],
    ...encoder,
    ...['-pix_fmt', 'yuv420p10le', '-color_range', 'tv'],
    ...['-color_primaries', 'bt2020', '-color_trc', transfer, '-colorspace', 'bt2020nc'],
    ...['-c:a', 'aac', '-b:a', '96k', join(folder, name)],
  ])
  if (code !== 0) throw new Error(`ffmpeg cannot make ${format}: ${output}`)
  return name
}
