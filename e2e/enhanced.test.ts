import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, waitFor } from '@sluice/testkit'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import type { StreamView } from '../apps/control/src/streams/stream-view.ts'
import { openBrowser } from './support/browser.ts'
import { expectCard } from './support/card-in-video.ts'
import { type CardCodecs, recordCard } from './support/card-media.ts'
import { type Gateway, startGateway } from './support/gateway.ts'
import { decodeStrictly, fetchText, waitForLadder } from './support/media.ts'
import { findNewerClient, type NewerClient } from './support/newer-clients.ts'
import { expectUnbroken } from './support/playback.ts'
import { renditionsOf, type Variant, waitForEnd } from './support/playlists.ts'
import { expectAligned } from './support/segments.ts'
import { measureSync, worstOffset } from './support/sync.ts'
import { WatchPage } from './support/watch-page.ts'

/** Sound and picture may be this far apart, in milliseconds. ITU-R BT.1359 hears it from 45 ms on. */
const SYNC_LIMIT = 40
/** Seconds from the first frame to the first mark that can be seen: flashes are at whole seconds, and one begins the stream. */
const FIRST_MARK = 1
/** Three frames of 40 ms: encoders with B-frames begin so late. */
const START_LIMIT = 0.12
const SECONDS = 8
/** Making a chroot may be part of it. */
const SETUP_TIMEOUT = 600_000

/** Of the recording that players see again and again, as long as they need. */
const WATCHED_SECONDS = 30

/** Of every source, and of its rung. */
const SIZES = ['736x414', '640x360']

/** Clients by what they do on the wire: version 1 of Enhanced RTMP, version 2, and its multitrack messages for one track. */
const CLIENTS = {
  'ffmpeg of trixie': { suite: 'trixie', program: 'ffmpeg', publish: ffmpegArguments },
  'ffmpeg of sid': { suite: 'sid', program: 'ffmpeg', publish: ffmpegArguments },
  'eflvmux of sid': { suite: 'sid', program: 'gst-launch-1.0', publish: eflvmux('non-multitrack') },
  'multitrack eflvmux of sid': { suite: 'sid', program: 'gst-launch-1.0', publish: eflvmux('multitrack') },
} as const
type ClientName = keyof typeof CLIENTS

interface Publish extends CardCodecs {
  readonly client: ClientName
  /** CODECS of the source rung. */
  readonly codecs: RegExp
  /** RFC 6381 of the publisher's sound, as the API says it. */
  readonly sound: string
  /** Ids of all renditions. */
  readonly renditions: readonly string[]
}

const ALL = ['source', '360p', 'audio-source', 'audio-128k']
const HEVC = String.raw`hvc1\.1\.6\.L\d+\.90`
const AV1 = String.raw`av01\.0\.\d\dM\.08(\.[\d.]+)?`
const VP9 = String.raw`vp09\.00\.\d\d\.08(\.[\d.]+)?`
const AVC = String.raw`avc1\.6400[\da-f]{2}`

function publish(
  client: Publish['client'],
  [video, picture]: readonly [CardCodecs['video'], string],
  [audio, sound]: readonly [CardCodecs['audio'], string],
  {
    played = sound,
    renditions = ALL,
    ...more
  }: { readonly played?: string; readonly renditions?: readonly string[]; readonly bFrames?: number } = {},
): Publish {
  return { client, video, audio, sound, codecs: new RegExp(`^${picture},${played}$`), renditions, ...more }
}

const PUBLISHES: readonly Publish[] = [
  publish('ffmpeg of sid', ['hevc', HEVC], ['aac', 'mp4a.40.2']),
  publish('ffmpeg of sid', ['av1', AV1], ['opus', 'Opus']),
  publish('ffmpeg of sid', ['vp9', VP9], ['flac', 'fLaC']),
  // A picture that every browser plays goes out with sound that every browser plays.
  publish('ffmpeg of sid', ['h264', AVC], ['ac3', 'ac-3'], { played: 'mp4a.40.2' }),
  publish('ffmpeg of sid', ['h264', AVC], ['eac3', 'ec-3'], { played: 'mp4a.40.2' }),
  // No browser plays MP3 in MP4.
  publish('ffmpeg of sid', ['h264', AVC], ['mp3', 'mp4a.6B'], {
    played: 'mp4a.40.2',
    renditions: ['source', '360p', 'audio-128k'],
  }),
  publish('ffmpeg of trixie', ['hevc', HEVC], ['aac', 'mp4a.40.2']),
  publish('ffmpeg of trixie', ['av1', AV1], ['aac', 'mp4a.40.2']),
  publish('ffmpeg of trixie', ['vp9', VP9], ['aac', 'mp4a.40.2']),
  publish('eflvmux of sid', ['hevc', HEVC], ['aac', 'mp4a.40.2'], { bFrames: 0 }),
  publish('multitrack eflvmux of sid', ['hevc', HEVC], ['aac', 'mp4a.40.2'], { bFrames: 0 }),
]

/** Sizes of the pictures that Chromium from Debian plays of a source, its own first. It has no decoder for HEVC and AC-3. */
const BROWSED: readonly (CardCodecs & { readonly plays: readonly string[] })[] = [
  { video: 'av1', audio: 'opus', plays: SIZES },
  { video: 'vp9', audio: 'opus', plays: SIZES },
  { video: 'vp9', audio: 'flac', plays: SIZES },
  { video: 'hevc', audio: 'aac', plays: ['640x360'] },
  { video: 'h264', audio: 'ac3', plays: SIZES },
]

const browser = await openBrowser()

describe('Enhanced RTMP', () => {
  let gateway: Gateway
  let folder: string
  const clients = new Map<ClientName, NewerClient | string>()
  /** Recordings by their codecs: each is made once. */
  const recordings = new Map<string, Promise<string>>()

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-enhanced-'))
    gateway = await startGateway()
    process.stdout.write(
      `Chromium ${browser?.version() ?? 'is not installed: what it plays is not tested'}\n`,
    )
    for (const [name, { suite, program }] of Object.entries(CLIENTS))
      clients.set(name as ClientName, await findNewerClient(suite, program))
  }, SETUP_TIMEOUT)
  afterAll(async () => {
    await browser?.close()
    await gateway?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  function record(codecs: CardCodecs, look: 'steady' | 'marked', seconds: number): Promise<string> {
    const key = [look, codecs.video, codecs.bFrames, codecs.audio].join()
    const recording = recordings.get(key) ?? recordCard(folder, codecs, look, seconds)
    recordings.set(key, recording)
    return recording
  }

  /** Publishes a recording in real time. Skips the test where the client is missing. */
  function start(
    name: ClientName,
    file: string,
    stream: string,
    test: TestContext,
    publish: (file: string, url: string) => string[] = CLIENTS[name].publish,
  ): Child {
    const client = clients.get(name)
    if (client === undefined || typeof client === 'string') {
      process.stdout.write(`${stream} is skipped: ${client}\n`)
      return test.skip(client)
    }
    process.stdout.write(`${stream}: ${client.title}\n`)
    const child = client.start(folder, publish(file, `${gateway.rtmp}/${stream}`))
    test.onTestFinished(() => void child.stop('SIGKILL'))
    return child
  }

  describe.concurrent('from encoder to every rung', () => {
    it.for(PUBLISHES)('$video and $audio by $client', async (each, test) => {
      const { video, audio, codecs, sound, renditions } = each
      const stream = `${video}-${audio}-${each.client.replaceAll(/\W+/g, '-')}`
      const base = `${gateway.origin}/live/${stream}`
      const publisher = start(each.client, await record(each, 'marked', SECONDS), stream, test)
      const { session, broadcast } = await waitForLive(gateway, stream, publisher)
      expect(session).toMatchObject({ video: { codec: video }, audio: { codec: audio, codecString: sound } })
      expect(broadcast?.rungs.map(({ id }) => id)).toEqual(renditions)
      expect((await publisher.exited).code, publisher.output()).toBe(0)

      const variants = await waitForEnd(base)
      const rungs = ['source 736x414', '360p 640x360']
      expect(variants.map(({ id, width, height }) => `${id} ${width}x${height}`)).toEqual(
        Array.from({ length: variantsOf(each) / rungs.length }, () => rungs).flat(),
      )
      // What the bitstream of AV1 and VP9 does not say, the publisher announces.
      expect(variants.map(({ frameRate }) => frameRate)).toEqual(variants.map(() => 25))
      expect(renditionsOf(variants).sort()).toEqual(renditions.toSorted())
      expect(variants[0]?.codecs).toMatch(codecs)
      expect(variants[0]?.codecs.split(',')[0]).toBe(session?.video?.codecString)
      expect(variants[1]?.codecs).toMatch(/^avc1\.[\da-f]{6},mp4a\.40\.2$/)
      for (const manifest of ['index.m3u8', 'manifest.mpd']) {
        expect(await decodeStrictly(`${base}/${manifest}`, ['-map', '0']), manifest).toBe('')
        for (const id of renditions) expect(await fetchText(`${base}/${manifest}`)).toContain(`${id}/`)
      }
      await expectAligned(base, variants)
      await expectTogether(base, variants)
    })
  })

  describe.skipIf(browser === undefined)('in Chromium', () => {
    it.for(BROWSED)('$video and $audio', async ({ plays, ...codecs }, test) => {
      const stream = `browsed-${codecs.video}-${codecs.audio}`
      const file = await record(codecs, 'steady', WATCHED_SECONDS)
      const publisher = start('ffmpeg of sid', file, stream, test, repeatedly)
      await waitForLadder(gateway.origin, stream, variantsOf(codecs))
      await Promise.all(
        ['hls', 'dash'].map(async (player) => {
          const address = `${gateway.origin}/watch/${stream}?player=${player}`
          const page = await WatchPage.open(browser as Browser, address)
          test.onTestFinished(() => page.close())
          await expectPlays(page, plays)
        }),
      )
      expect(publisher.running(), publisher.output()).toBe(true)
    })
  })
})

/** Surround sound beside a picture that every browser plays is offered with each rung too, behind the sound that all have. */
function variantsOf({ video, audio }: CardCodecs): number {
  return SIZES.length * (video === 'h264' && (audio === 'ac3' || audio === 'eac3') ? 2 : 1)
}

/** A page offers pictures of these sizes, and plays the first of them with sound, without a gap and without an error. */
async function expectPlays(page: WatchPage, sizes: readonly string[]): Promise<void> {
  await page.waitForState('playing')
  const levels = new Map(
    (await page.levels()).map(({ index, width, height }) => [`${width}x${height}`, index]),
  )
  expect([...levels.keys()].sort()).toEqual(sizes.toSorted())
  const [size = ''] = sizes
  await page.setLevel(levels.get(size) ?? Number.NaN)
  await page.waitForSize(size)
  const heard = await page.decodedSound()
  const since = await page.currentTime()
  await page.waitForSeconds(3)
  expect(await page.size()).toBe(size)
  expectCard(await page.quarters())
  expect(await page.decodedSound()).toBeGreaterThan(heard)
  expectUnbroken(await page.playback(), since)
  expect(await page.fatalErrors()).toEqual([])
  expect(page.complaints).toEqual([])
}

function ffmpegArguments(file: string, url: string): string[] {
  return ['-v', 'warning', '-re', '-i', file, '-map', '0', '-c', 'copy', '-f', 'flv', url]
}

function repeatedly(file: string, url: string): string[] {
  return ['-stream_loop', '-1', ...ffmpegArguments(file, url)]
}

function eflvmux(mode: string): (file: string, url: string) => string[] {
  return (file, url) => {
    const pipeline =
      `eflvmux name=mux streamable=true video::flv-track-mode=${mode} audio::flv-track-mode=${mode} ! ` +
      `rtmp2sink sync=true location=${url} filesrc location=${file} ! matroskademux name=card ` +
      'card. ! h265parse ! queue ! mux.video card. ! aacparse ! queue ! mux.audio'
    return pipeline.split(' ')
  }
}

/** Waits until the API knows the session's tracks and the rungs. */
function waitForLive(gateway: Gateway, stream: string, publisher: Child): Promise<StreamView> {
  return waitFor(
    async () => {
      if (!publisher.running()) throw new Error(publisher.output())
      const view = await gateway.api<StreamView>('GET', `/v1/streams/${stream}`)
      const { session, broadcast } = view
      const known = session?.video !== undefined && session.audio !== undefined
      return known && (broadcast?.rungs.length ?? 0) > 0 ? view : undefined
    },
    { what: `a live state of ${stream} with session and rungs`, interval: 100 },
  )
}

/** Sound and picture are together in every variant, begin near 0, and are at the same times in all. */
async function expectTogether(base: string, variants: readonly Variant[]): Promise<void> {
  const found: string[] = []
  let first: number | undefined
  for (const [program, { id }] of variants.entries()) {
    const marks = await measureSync(`${base}/index.m3u8`, program)
    expect(marks.length, id).toBeGreaterThanOrEqual(SECONDS - 3)
    const offset = worstOffset(marks)
    expect(offset, id).toBeLessThanOrEqual(SYNC_LIMIT)
    const flash = marks[0]?.flash ?? Number.NaN
    expect(Math.abs(flash - FIRST_MARK), `${id} ${flash}`).toBeLessThanOrEqual(START_LIMIT)
    first ??= flash
    expect(flash, id).toBeCloseTo(first, 2)
    found.push(`${id} ${offset.toFixed(1)} ms from ${flash.toFixed(3)} s`)
  }
  process.stdout.write(`${base.split('/').at(-1)}: A/V offset of ${found.join(', ')}\n`)
}
