import { type Child, startChild } from './child.ts'

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
  /** `none` leaves the track out. */
  readonly video?: 'card' | 'none'
  readonly audio?: 'tone' | 'none'
  readonly sampleRate?: number
  readonly channels?: number
  /** Kilobits per second of video. */
  readonly bitrate?: number
  /** Ends by itself after so many seconds. */
  readonly seconds?: number
  /** More output options of ffmpeg. */
  readonly extra?: readonly string[]
}

/** ffmpeg's arguments for the test card: four fields with a moving pattern in the middle, and a tone. */
export function testCardArguments(options: PublishOptions): string[] {
  const {
    width = 1280,
    height = 720,
    frameRate = 30,
    bFrames = 0,
    sampleRate = 48_000,
    channels = 2,
  } = options
  const {
    gop = Math.round(frameRate),
    bitrate = 2500,
    video = 'card',
    audio = 'tone',
    seconds,
    extra = [],
  } = options
  const half = `${Math.floor(width / 2)}x${Math.floor(height / 2)}`
  const field = ([r, g, b]: readonly number[]): string =>
    `color=c=0x${[r, g, b].map((part) => (part ?? 0).toString(16).padStart(2, '0')).join('')}:s=${half}:r=${frameRate}`
  const inner = `testsrc=s=${Math.floor(width / 4 / 2) * 2}x${Math.floor(height / 4 / 2) * 2}:r=${frameRate}`
  const card =
    `${field(TEST_CARD.topLeft)}[a];${field(TEST_CARD.topRight)}[b];${field(TEST_CARD.bottomLeft)}[c];` +
    `${field(TEST_CARD.bottomRight)}[d];[a][b]hstack[top];[c][d]hstack[bottom];[top][bottom]vstack,` +
    `pad=${width}:${height}[back];${inner}[in];[back][in]overlay=(W-w)/2:(H-h)/2,format=yuv420p`
  return [
    '-hide_banner',
    '-loglevel',
    'warning',
    '-re',
    ...(video === 'card' ? ['-f', 'lavfi', '-i', card] : []),
    ...(audio === 'tone' ? ['-re', '-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=${sampleRate}`] : []),
    ...(seconds === undefined ? [] : ['-t', String(seconds)]),
    ...(video === 'card'
      ? [
          '-c:v',
          'libx264',
          '-preset',
          'ultrafast',
          '-b:v',
          `${bitrate}k`,
          '-g',
          String(gop),
          '-keyint_min',
          String(gop),
          '-sc_threshold',
          '0',
          '-bf',
          String(bFrames),
        ]
      : []),
    ...(audio === 'tone' ? ['-c:a', 'aac', '-b:a', '96k', '-ac', String(channels)] : []),
    ...extra,
    '-f',
    'flv',
    options.url,
  ]
}

/** Publishes the test card with ffmpeg, in real time. */
export function publishWithFfmpeg(options: PublishOptions): Child {
  return startChild('ffmpeg', testCardArguments(options))
}

/** Publishes a test picture and a tone with GStreamer's own RTMP stack, `rtmp2sink`, or librtmp's, `rtmpsink`. */
export function publishWithGstreamer(sink: 'rtmp2sink' | 'rtmpsink', options: PublishOptions): Child {
  const { width = 640, height = 360, frameRate = 30, bitrate = 1000, url } = options
  const gop = options.gop ?? Math.round(frameRate)
  const location = sink === 'rtmpsink' ? `location=${url} live=1` : `location=${url}`
  const pipeline =
    `flvmux name=mux streamable=true ! ${sink} ${location} ` +
    `videotestsrc is-live=true ! video/x-raw,width=${width},height=${height},framerate=${frameRate}/1 ! ` +
    `x264enc tune=zerolatency speed-preset=ultrafast bitrate=${bitrate} key-int-max=${gop} ! video/x-h264,profile=main ! h264parse ! queue ! mux. ` +
    'audiotestsrc is-live=true ! audio/x-raw,rate=44100,channels=2 ! avenc_aac bitrate=96000 ! aacparse ! queue ! mux.'
  return startChild('gst-launch-1.0', ['-e', ...pipeline.split(' ').filter((word) => word !== '')])
}
