import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, runChild, startChild } from './child.ts'

/** The picture that test publishers draw: four fields of these colours, so that a frame can be recognised. */
export const TEST_CARD = {
  topLeft: [200, 30, 30],
  topRight: [30, 160, 30],
  bottomLeft: [30, 30, 200],
  bottomRight: [200, 200, 30],
} as const

/** What a test publishes. */
export interface PublishOptions {
  readonly url: string
  readonly width?: number
  readonly height?: number
  readonly frameRate?: number
  /** Frames from keyframe to keyframe; default one second. */
  readonly gop?: number
  readonly bFrames?: number
  /** Default `4:2:0`; browsers cannot play `4:4:4`. */
  readonly chroma?: '4:2:0' | '4:4:4'
  /** `flash`: the card, white for the first tenth of every second. `none` leaves the track out. */
  readonly video?: 'card' | 'flash' | 'none'
  /** `beep`: a tone in the first tenth of every second, silence between. */
  readonly audio?: 'tone' | 'beep' | 'none'
  readonly sampleRate?: number
  readonly channels?: number
  /** Kilobits per second of video. */
  readonly bitrate?: number
  /** Ends by itself after so many seconds. */
  readonly seconds?: number
  /** Seconds of media published per second; default 1. 0: as fast as it goes. */
  readonly speed?: number
  /** More output options of ffmpeg; they win over the ones that follow from the rest. */
  readonly extra?: readonly string[]
}

/** ffmpeg's arguments for the test card: four fields with a moving pattern in the middle, and a tone. */
export function testCardArguments(options: PublishOptions): string[] {
  const { video, audio, seconds, extra = [], url } = options
  return [
    ...inputs(options),
    ...(seconds === undefined ? [] : ['-t', String(seconds)]),
    ...(video === 'none' ? [] : videoEncoder(options)),
    ...(audio === 'none' ? [] : ['-c:a', 'aac', '-b:a', '96k', '-ac', String(options.channels ?? 2)]),
    ...extra,
    ...['-f', 'flv', url],
  ]
}

function inputs(options: PublishOptions): string[] {
  const { video, audio, speed = 1 } = options
  const paced = ['-readrate', String(speed), '-f', 'lavfi', '-i']
  return [
    ...['-hide_banner', '-loglevel', 'warning'],
    ...(video === 'none' ? [] : [...paced, picture(options)]),
    ...(audio === 'none' ? [] : [...paced, sound(options)]),
  ]
}

function picture({ width = 1280, height = 720, frameRate = 30, video }: PublishOptions): string {
  const half = `${Math.floor(width / 2)}x${Math.floor(height / 2)}`
  const field = ([r, g, b]: readonly number[]): string =>
    `color=c=0x${[r, g, b].map((part) => (part ?? 0).toString(16).padStart(2, '0')).join('')}:s=${half}:r=${frameRate},format=gbrp`
  const inner = `testsrc=s=${Math.floor(width / 8) * 2}x${Math.floor(height / 8) * 2}:r=${frameRate},format=gbrp`
  const flash = video === 'flash' ? ",drawbox=c=white:t=fill:enable='lt(mod(t,1),0.0999)'" : ''
  return (
    `${field(TEST_CARD.topLeft)}[a];${field(TEST_CARD.topRight)}[b];${field(TEST_CARD.bottomLeft)}[c];` +
    `${field(TEST_CARD.bottomRight)}[d];[a][b]hstack[top];[c][d]hstack[bottom];[top][bottom]vstack,` +
    `pad=${width}:${height}[back];${inner}[in];[back][in]overlay=(W-w)/2:(H-h)/2:format=gbrp${flash},` +
    'scale=out_color_matrix=bt709:out_range=tv,format=yuv444p'
  )
}

function sound({ audio, sampleRate = 48_000 }: PublishOptions): string {
  if (audio !== 'beep') return `sine=frequency=440:sample_rate=${sampleRate}`
  return `aevalsrc='0.6*sin(2*PI*1000*t)*lt(mod(t,1),0.1)':s=${sampleRate}`
}

function videoEncoder(options: PublishOptions): string[] {
  const { frameRate = 30, bFrames = 0, chroma = '4:2:0', bitrate = 2500 } = options
  const gop = String(options.gop ?? Math.round(frameRate))
  return [
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-b:v', `${bitrate}k`, '-bf', String(bFrames)],
    ...['-g', gop, '-keyint_min', gop, '-sc_threshold', '0'],
    ...['-pix_fmt', chroma === '4:2:0' ? 'yuv420p' : 'yuv444p'],
    ...['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv'],
  ]
}

/** Publishes the test card with ffmpeg. */
export function publishWithFfmpeg(options: PublishOptions): Child {
  return startChild('ffmpeg', testCardArguments(options))
}

/**
 * Draws the test card into a file, as fast as it goes. Throws where ffmpeg cannot.
 *
 * @param encoders - ffmpeg's output options; `bFrames`, `gop`, `bitrate`, `chroma` and `extra` have no effect.
 */
export async function recordTestCard(
  file: string,
  options: Omit<PublishOptions, 'url'> & { readonly seconds: number },
  encoders: readonly string[],
): Promise<void> {
  const source = inputs({ ...options, speed: 0, url: file })
  const { code, output } = await runChild('ffmpeg', [
    ...source,
    ...['-t', String(options.seconds)],
    ...encoders,
    file,
  ])
  if (code !== 0) throw new Error(`ffmpeg cannot draw the test card: ${output}`)
}

/**
 * Publishes the test card with GStreamer's encoders and its own RTMP stack, `rtmp2sink`, or librtmp's, `rtmpsink`.
 * ffmpeg only draws it, into a temporary file. `bFrames`, `channels`, `speed` and `extra` have no effect.
 */
export async function publishWithGstreamer(
  sink: 'rtmp2sink' | 'rtmpsink',
  options: PublishOptions & { readonly seconds: number },
): Promise<Child> {
  const { frameRate = 30, bitrate = 1000, gop = Math.round(frameRate), chroma = '4:2:0', url } = options
  const directory = await mkdtemp(join(tmpdir(), 'sluice-card-'))
  const file = join(directory, 'card.avi')
  // Motion JPEG and PCM: GStreamer reads them from AVI, and hardly anything is lost.
  const encoders = ['-c:v', 'mjpeg', '-q:v', '3', '-pix_fmt', 'yuvj444p', '-c:a', 'pcm_s16le']
  await recordTestCard(file, options, encoders)
  // x264enc takes what the picture offers, which may be 4:4:4: the format is always named.
  const format = chroma === '4:2:0' ? 'I420' : 'Y444'
  const pipeline =
    `flvmux name=mux streamable=true ! ${sink} sync=true location=${url} filesrc location=${file} ! avidemux name=card ` +
    `card. ! jpegdec ! videoconvert ! video/x-raw,format=${format} ! queue ! ` +
    `x264enc tune=zerolatency speed-preset=ultrafast bitrate=${bitrate} key-int-max=${gop} ! h264parse ! queue ! mux. ` +
    'card. ! audioconvert ! queue ! avenc_aac bitrate=96000 ! aacparse ! queue ! mux.'
  const child = startChild('gst-launch-1.0', pipeline.split(' '))
  void child.exited.then(() => rm(directory, { recursive: true, force: true }))
  return child
}
