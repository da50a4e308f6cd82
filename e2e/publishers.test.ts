import { clientVersion, type PublishOptions, publishWithFfmpeg, publishWithGstreamer } from '@sluice/testkit'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { type Gateway, startGateway } from './support/gateway.ts'
import { decodeStrictly } from './support/media.ts'
import { type Variant, waitForEnd } from './support/playlists.ts'
import { expectAligned } from './support/segments.ts'
import { measureSync, worstOffset } from './support/sync.ts'

/** Sound and picture may be this far apart, in milliseconds. ITU-R BT.1359 hears it from 45 ms on. */
const SYNC_LIMIT = 40
const SECONDS = 7

interface Publish {
  readonly name: string
  readonly client: 'ffmpeg' | 'rtmp2sink' | 'rtmpsink'
  readonly options: Omit<PublishOptions, 'url' | 'seconds'>
  /** Video variants in the playlist's order: `id WIDTHxHEIGHT@RATE`. */
  readonly variants: readonly string[]
}

/** Just large enough for a 360p rung. */
const SMALL = { width: 736, height: 414 }

const ENCODERS: readonly Publish[] = [
  {
    name: 'b-frames',
    client: 'ffmpeg',
    options: { ...SMALL, bFrames: 3, extra: ['-preset', 'superfast'] },
    variants: ['source 736x414@30', '360p 640x360@30'],
  },
  {
    name: '44100-mono',
    client: 'ffmpeg',
    options: { ...SMALL, sampleRate: 44_100, channels: 1 },
    variants: ['source 736x414@30', '360p 640x360@30'],
  },
  {
    // Keyframes wherever the picture changes, as OBS sends them with a keyframe interval of 0.
    name: 'scene-cuts',
    client: 'ffmpeg',
    options: { ...SMALL, extra: ['-g', '250', '-keyint_min', '25', '-sc_threshold', '40'] },
    variants: ['source 736x414@30', '360p 640x360@30'],
  },
  {
    // Too few keyframes for segments of two seconds: boundaries are made where none is.
    name: 'long-gop',
    client: 'ffmpeg',
    options: { ...SMALL, bFrames: 2, gop: 150, extra: ['-preset', 'superfast'] },
    variants: ['source 736x414@30', '360p 640x360@30'],
  },
  {
    name: 'yuv444',
    client: 'ffmpeg',
    options: { ...SMALL, height: 413, chroma: '4:4:4' },
    variants: ['360p 642x360@30'],
  },
]

const PICTURES: readonly Publish[] = [
  {
    name: 'landscape',
    client: 'ffmpeg',
    options: { width: 1280, height: 720 },
    variants: ['source 1280x720@30', '480p 854x480@30', '360p 640x360@30'],
  },
  {
    name: 'portrait',
    client: 'ffmpeg',
    options: { width: 720, height: 1280, frameRate: 25 },
    variants: ['source 720x1280@25', '480p 480x854@25', '360p 360x640@25'],
  },
  {
    // No side a multiple of eight: the codec's frame is cropped.
    name: 'cropped',
    client: 'ffmpeg',
    options: { width: 858, height: 482 },
    variants: ['source 858x482@30', '480p 854x480@30', '360p 640x360@30'],
  },
  {
    name: 'anamorphic',
    client: 'ffmpeg',
    options: { width: 720, height: 480, extra: ['-aspect', '16:9'] },
    variants: ['source 853x480@30', '360p 640x360@30'],
  },
]

const FRAME_RATES: readonly Publish[] = (
  [
    [24, 24],
    [25, 25],
    [50, 25],
    [60, 30],
  ] as const
).map(([frameRate, rungRate]) => ({
  name: `${frameRate}-fps`,
  client: 'ffmpeg',
  options: { ...SMALL, frameRate },
  variants: [`source 736x414@${frameRate}`, `360p 640x360@${rungRate}`],
}))

// Sound comes a packet late: unlike ffmpeg, GStreamer does not take its AAC encoder's delay into account.
const GSTREAMER: readonly Publish[] = (['rtmp2sink', 'rtmpsink'] as const).map((client) => ({
  name: client,
  client,
  options: SMALL,
  variants: ['source 736x414@30', '360p 640x360@30'],
}))

describe('publishers', () => {
  let gateway: Gateway
  beforeAll(async () => {
    gateway = await startGateway()
  })
  afterAll(() => gateway.stop())

  /** Publishes for some seconds. @returns the stream's address, and its variants when its broadcast has ended. */
  async function publish({ name, client, options }: Omit<Publish, 'variants'>) {
    const url = `${gateway.rtmp}/${name}`
    const all = { video: 'flash', audio: 'beep', seconds: SECONDS, ...options, url } as const
    const child = await (client === 'ffmpeg' ? publishWithFfmpeg(all) : publishWithGstreamer(client, all))
    const { code } = await child.exited
    expect(code, child.output()).toBe(0)
    const base = `${gateway.origin}/live/${name}`
    return { base, variants: await waitForEnd(base) }
  }

  async function check(each: Publish, { skip }: TestContext): Promise<void> {
    const { name, client } = each
    const version = await clientVersion(client)
    if (version === undefined) return skip(`${client} is not installed`)
    const { base, variants } = await publish(each)
    expect(variants.map(describeVariant)).toEqual(each.variants)
    await expectPlayable(base)
    await expectAligned(base, variants)
    const offsets: string[] = []
    for (const [program, { id }] of variants.entries()) {
      const offset = worstOffset(await measureSync(`${base}/index.m3u8`, program))
      expect(offset, id).toBeLessThanOrEqual(SYNC_LIMIT)
      offsets.push(`${id} ${offset.toFixed(1)} ms`)
    }
    process.stdout.write(`${name}: ${client} ${version}, A/V offset of ${offsets.join(', ')}\n`)
  }

  // A few at a time: most of a publish is waiting for real time to pass.
  describe.concurrent('whose encoders differ', () => {
    it.for(ENCODERS)('$name', check)
  })
  describe.concurrent('whose pictures differ', () => {
    it.for(PICTURES)('$name', check)
  })
  describe.concurrent('whose frame rates differ', () => {
    it.for(FRAME_RATES)('$name', check)
  })
  describe.concurrent('whose RTMP stacks differ', () => {
    it.for(GSTREAMER)('$name', check)
  })

  describe.concurrent('with one track', () => {
    it('audio-only', async () => {
      const { base, variants } = await publish({
        name: 'audio-only',
        client: 'ffmpeg',
        options: { video: 'none' },
      })
      expect(variants.map(({ id }) => id)).toEqual(['audio-source', 'audio-128k'])
      await expectPlayable(base)
    })

    it('video-only', async () => {
      const { base, variants } = await publish({
        name: 'video-only',
        client: 'ffmpeg',
        options: { ...SMALL, audio: 'none' },
      })
      expect(variants.map(describeVariant)).toEqual(['source 736x414@30', '360p 640x360@30'])
      expect(variants.every(({ audio }) => audio === undefined)).toBe(true)
      await expectPlayable(base)
      await expectAligned(base, variants)
    })
  })
})

function describeVariant({ id, width, height, frameRate }: Variant): string {
  return `${id} ${width}x${height}@${frameRate}`
}

/** The whole broadcast decodes without a complaint from HLS, and DASH names the same media. */
async function expectPlayable(base: string): Promise<void> {
  expect(await decodeStrictly(`${base}/index.m3u8`, ['-map', '0'])).toBe('')
  expect(await decodeStrictly(`${base}/manifest.mpd`, ['-map', '0', '-c', 'copy'])).toBe('')
}
