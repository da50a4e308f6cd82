import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, waitFor } from '@sluice/testkit'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import type { StreamView } from '../apps/control/src/streams/stream-view.ts'
import { openBrowser } from './support/browser.ts'
import { expectCard } from './support/card-in-video.ts'
import { type ClusterGateway, type Gateway, startCluster, startGateway } from './support/gateway.ts'
import { decodeStrictly, fetchText, waitForLadder } from './support/media.ts'
import { recordTracks } from './support/multitrack-media.ts'
import { findNewerClient, type NewerClient } from './support/newer-clients.ts'
import { expectUnbroken } from './support/playback.ts'
import { readMediaPlaylist, type Variant, waitForEnd } from './support/playlists.ts'
import { expectAligned } from './support/segments.ts'
import { measureBeeps, measureSync, worstOffset } from './support/sync.ts'
import { WatchPage } from './support/watch-page.ts'

/** Sound and picture may be this far apart, in milliseconds. ITU-R BT.1359 hears it from 45 ms on. */
const SYNC_LIMIT = 40
const SECONDS = 9
/** Making a chroot may be part of it. */
const SETUP_TIMEOUT = 600_000

const MAIN = { width: 960, height: 540, gop: 25 }
const SMALL = { width: 640, height: 360, gop: 25 }
/** A keyframe every 1.2 s: none where the third segment begins, after 2 s. */
const UNALIGNED = { ...SMALL, gop: 30 }

const ALIGNED_RENDITIONS = ['source', '480p', 'source-1', 'audio-source', 'audio-128k', 'audio-source-1']

/** Of the recording that players see again and again, as long as they need. */
const WATCHED_SECONDS = 40
/** The second sound has a tenth of the first one's amplitude. */
const MUCH_QUIETER = 1 / 4
/** Mean amplitude of a player that waits for media. */
const SILENCE = 0.001

const browser = await openBrowser()

describe('multitrack by Enhanced RTMP v2', () => {
  let folder: string
  let ffmpeg: NewerClient | string
  let gstreamer: NewerClient | string
  let aligned: Promise<string>

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-multitrack-'))
    ffmpeg = await findNewerClient('sid', 'ffmpeg')
    gstreamer = await findNewerClient('sid', 'gst-launch-1.0')
    for (const client of [ffmpeg, gstreamer])
      process.stdout.write(`${typeof client === 'string' ? `skipped: ${client}` : client.title}\n`)
    aligned = recordTracks(folder, 'aligned', { look: 'marked', pictures: [MAIN, SMALL], seconds: SECONDS })
    await aligned
  }, SETUP_TIMEOUT)
  afterAll(async () => {
    await browser?.close()
    await rm(folder, { recursive: true, force: true })
  })

  /** Publishes all tracks of a recording in real time. Skips the test where the client is missing. */
  function publish(file: string, url: string, test: TestContext, before: readonly string[] = []): Child {
    const arguments_ = [
      '-v',
      'warning',
      ...before,
      '-re',
      '-i',
      file,
      '-map',
      '0',
      '-c',
      'copy',
      '-f',
      'flv',
      url,
    ]
    return start(ffmpeg, arguments_, test)
  }

  function start(client: NewerClient | string, args: readonly string[], test: TestContext): Child {
    if (typeof client === 'string') return test.skip(client)
    const child = client.start(folder, args)
    test.onTestFinished(() => void child.stop('SIGKILL'))
    return child
  }

  describe('in one process', () => {
    let gateway: Gateway
    beforeAll(async () => {
      gateway = await startGateway()
    })
    afterAll(() => gateway.stop())

    it('two pictures and two sounds: the second picture is a rung, and rungs that are missing are encoded', async (test) => {
      const base = `${gateway.origin}/live/aligned`
      const publisher = publish(await aligned, `${gateway.rtmp}/aligned`, test)
      const rungs = await waitForRungs(gateway, 'aligned', publisher, ALIGNED_RENDITIONS)
      expect(rungs.map(({ id, width, height }) => [id, width, height])).toEqual([
        ['source', 960, 540],
        ['480p', 854, 480],
        ['source-1', 640, 360],
        ...['audio-source', 'audio-128k', 'audio-source-1'].map((id) => [id, undefined, undefined]),
      ])
      expect((await publisher.exited).code, publisher.output()).toBe(0)
      await expectWhole(base)
    })

    it('two pictures and two sounds by GStreamer', async (test) => {
      const base = `${gateway.origin}/live/gstreamer`
      // Its muxer makes decode times of its own where frames are reordered.
      const recording = { look: 'marked', pictures: [MAIN, SMALL], seconds: SECONDS, bFrames: 0 } as const
      const file = await recordTracks(folder, 'plain', recording)
      const publisher = start(gstreamer, eflvmux(file, `${gateway.rtmp}/gstreamer`), test)
      await waitForRungs(gateway, 'gstreamer', publisher, ALIGNED_RENDITIONS)
      expect((await publisher.exited).code, publisher.output()).toBe(0)
      await expectWhole(base)
    })

    it('a second picture whose keyframes are elsewhere is taken out, and its rung is encoded', async (test) => {
      const base = `${gateway.origin}/live/unaligned`
      const file = await recordTracks(folder, 'unaligned', {
        look: 'marked',
        pictures: [MAIN, UNALIGNED],
        seconds: 16,
      })
      const publisher = publish(file, `${gateway.rtmp}/unaligned`, test)
      const rungs = await waitForRungs(gateway, 'unaligned', publisher, [
        ...['source', '480p', 'audio-source', 'audio-128k', 'audio-source-1', '360p', 'source-1'],
      ])
      expect(rungs.find(({ id }) => id === 'source-1')).toEqual({
        id: 'source-1',
        state: 'failed',
        reason: expect.stringMatching(/^it has no keyframe where segment 1 begins, at 2\.\d+ s: /),
      })
      expect(gateway.output()).toContain('"code":"worker.further.unaligned"')
      expect((await publisher.exited).code, publisher.output()).toBe(0)
      const variants = await waitForEnd(base)
      expect(variants.map(({ id }) => id)).toEqual(['source', '480p', '360p'])
      expect(await decodeStrictly(`${base}/index.m3u8`, ['-map', '0'])).toBe('')
      expect(await decodeStrictly(`${base}/manifest.mpd`, ['-map', '0'])).toBe('')
      // The running rungs did not notice: every segment is there, and none begins anew.
      for (const id of ['source', '480p']) {
        const { segments } = await readMediaPlaylist(base, id)
        expect(segments.map(({ number }) => number)).toEqual(segments.map((_, index) => index))
        expect(new Set(segments.map(({ init }) => init)).size).toBe(1)
      }
      expect((await readMediaPlaylist(base, '360p')).segments.length).toBeGreaterThanOrEqual(4)
    })

    it.skipIf(browser === undefined)(
      "in Chromium: the publisher's own rungs, and either sound",
      async (test) => {
        process.stdout.write(`Chromium ${browser?.version()}\n`)
        const file = await recordTracks(folder, 'watched', {
          look: 'steady',
          pictures: [MAIN, SMALL],
          seconds: WATCHED_SECONDS,
        })
        const publisher = publish(file, `${gateway.rtmp}/watched`, test, ['-stream_loop', '-1'])
        await waitForLadder(gateway.origin, 'watched', 3)
        await Promise.all(
          ['hls', 'dash'].map(async (player) => {
            const address = `${gateway.origin}/watch/watched?player=${player}`
            const page = await WatchPage.open(browser as Browser, address)
            test.onTestFinished(() => page.close())
            await expectEverySound(page)
          }),
        )
        expect(publisher.running(), publisher.output()).toBe(true)
      },
    )

    it('a second sound that not every browser plays is encoded, and is in time', async (test) => {
      const base = `${gateway.origin}/live/opus`
      const file = await recordTracks(folder, 'opus', {
        look: 'marked',
        pictures: [SMALL],
        seconds: SECONDS,
        secondSound: 'libopus',
      })
      const publisher = publish(file, `${gateway.rtmp}/opus`, test)
      const ids = ['source', 'audio-source', 'audio-128k-1']
      const rungs = await waitForRungs(gateway, 'opus', publisher, ids)
      expect(rungs.map(({ codecString }) => codecString?.split('.')[0])).toEqual(['avc1', 'mp4a', 'mp4a'])
      expect((await publisher.exited).code, publisher.output()).toBe(0)
      await waitForEnd(base)
      const beeps = await Promise.all(
        ids.slice(1).map(async (id) => {
          expect(await decodeStrictly(`${base}/${id}/index.m3u8`), id).toBe('')
          return measureBeeps(`${base}/${id}/index.m3u8`)
        }),
      )
      const [first = [], second = []] = beeps
      expect(second.length).toBeGreaterThanOrEqual(SECONDS - 3)
      for (const beep of second)
        expect(Math.min(...first.map((other) => Math.abs(other - beep)))).toBeLessThan(SYNC_LIMIT / 1000)
      const numbers = async (id: string) =>
        (await readMediaPlaylist(base, id)).segments.map(({ number }) => number)
      expect(await numbers('audio-128k-1')).toEqual(await numbers('source'))
      expect(await decodeStrictly(`${base}/manifest.mpd`, ['-map', '0'])).toBe('')
    })

    it('a publisher that comes back has its tracks again', async (test) => {
      const base = `${gateway.origin}/live/returning`
      const url = `${gateway.rtmp}/returning`
      const first = publish(await aligned, url, test)
      await waitForSegments(base, 'source-1', 2)
      await first.stop('SIGKILL')
      const second = publish(await aligned, url, test)
      expect((await second.exited).code, second.output()).toBe(0)
      const variants = await waitForEnd(base)
      expect(variants.map(({ id }) => id)).toEqual(['source', '480p', 'source-1'])
      for (const id of ALIGNED_RENDITIONS) {
        const { segments } = await readMediaPlaylist(base, id)
        expect(
          segments.filter(({ discontinuity }) => discontinuity),
          id,
        ).toHaveLength(1)
        expect(await decodeStrictly(`${base}/${id}/index.m3u8`), id).toBe('')
      }
      expect(await decodeStrictly(`${base}/manifest.mpd`, ['-map', '0'])).toBe('')
    })
  })

  describe('in processes of their own', () => {
    let cluster: ClusterGateway
    beforeAll(async () => {
      cluster = await startCluster({ workers: 2, origins: 1 })
    })
    afterAll(() => cluster.stop())

    it('further tracks go through the feed, and over to the next worker', async (test) => {
      const base = `${cluster.origin}/live/feed`
      const file = await recordTracks(folder, 'long', {
        look: 'marked',
        pictures: [MAIN, SMALL],
        seconds: 16,
      })
      const publisher = publish(file, `${cluster.rtmp}/feed`, test)
      await waitForRungs(cluster, 'feed', publisher, ALIGNED_RENDITIONS)
      await waitForSegments(base, 'source-1', 2)
      const { broadcast } = await cluster.api<StreamView>('GET', '/v1/streams/feed')
      const victim = cluster.workers.find((worker) => worker.output().includes(broadcast?.worker ?? 'nobody'))
      if (victim === undefined) throw new Error(`no process is worker ${broadcast?.worker}`)
      victim.kill('SIGKILL')
      expect((await publisher.exited).code, publisher.output()).toBe(0)
      await expectWhole(base)
      for (const id of ALIGNED_RENDITIONS) {
        const { segments } = await readMediaPlaylist(base, id)
        expect(
          segments.map(({ number }) => number),
          id,
        ).toEqual(segments.map((_, index) => index))
        expect(new Set(segments.map(({ uri }) => uri.split('.')[1])), id).toEqual(new Set(['1', '2']))
      }
    })
  })
})

function eflvmux(file: string, url: string): string[] {
  const pipeline =
    `eflvmux name=mux streamable=true ! rtmp2sink sync=true location=${url} ` +
    `filesrc location=${file} ! matroskademux name=card ` +
    'card.video_0 ! h264parse ! queue ! mux.video card.video_1 ! h264parse ! queue ! mux.video_1 ' +
    'card.audio_0 ! aacparse ! queue ! mux.audio card.audio_1 ! aacparse ! queue ! mux.audio_1'
  return pipeline.split(' ')
}

/** Everything of an ended broadcast of the aligned recording is there, is cut at the same times, and decodes. */
async function expectWhole(base: string): Promise<void> {
  const variants = await waitForEnd(base)
  expect(variants.map(({ id, width, height, audio }) => `${id} ${width}x${height} ${audio}`)).toEqual([
    'source 960x540 audio-source',
    '480p 854x480 audio-128k',
    'source-1 640x360 audio-source',
  ])
  const playlist = (await fetchText(`${base}/index.m3u8`)) ?? ''
  for (const group of ['audio-source', 'audio-128k']) {
    expect(playlist).toContain(
      `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="${group}",NAME="Track 1",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="${group}/index.m3u8"`,
    )
    expect(playlist).toContain(
      `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="${group}",NAME="Track 2",DEFAULT=NO,AUTOSELECT=NO,CHANNELS="2",URI="audio-source-1/index.m3u8"`,
    )
  }
  const manifest = (await fetchText(`${base}/manifest.mpd`)) ?? ''
  expect(manifest).toMatch(
    /<Label>Track 2<\/Label>\s*<Role [^>]*value="alternate"\/>\s*<Representation id="audio-source-1"/,
  )
  for (const address of ['index.m3u8', 'manifest.mpd'])
    expect(await decodeStrictly(`${base}/${address}`, ['-map', '0']), address).toBe('')
  for (const id of ALIGNED_RENDITIONS) {
    expect(await decodeStrictly(`${base}/${id}/index.m3u8`), id).toBe('')
    expect(manifest).toContain(`<Representation id="${id}"`)
  }
  await expectAligned(base, variants)
  await expectTogether(base, variants)
}

/** A page offers both sounds, and plays the chosen one beside each rung, without a gap and without an error. */
async function expectEverySound(page: WatchPage): Promise<void> {
  await page.waitForState('playing')
  expect((await page.sounds()).map(({ name, isCurrent }) => [name, isCurrent])).toEqual([
    ...[
      ['Track 1', true],
      ['Track 2', false],
    ],
  ])
  const loud = await waitFor(
    async () => {
      const loudness = await page.loudness()
      return loudness > SILENCE && loudness
    },
    { what: 'a sound', timeout: 20_000 },
  )
  await page.chooseSound('Track 2')
  const isQuiet = async (): Promise<boolean> => (await page.loudness()) < loud * MUCH_QUIETER
  await waitFor(isQuiet, { what: 'the quieter sound', timeout: 20_000 })
  for (const { index, width, height } of await page.levels()) {
    await page.setLevel(index)
    await page.waitForSize(`${width}x${height}`)
    await page.waitForSeconds(1)
    expectCard(await page.quarters())
    expect(await isQuiet(), `${width}x${height}`).toBe(true)
  }
  await page.chooseSound('Track 1')
  await waitFor(async () => !(await isQuiet()), { what: 'the louder sound', timeout: 20_000 })
  const since = await page.currentTime()
  await page.waitForSeconds(2)
  expectUnbroken(await page.playback(), since)
  expect(await page.fatalErrors()).toEqual([])
  expect(page.complaints).toEqual([])
}

/** Sound and picture are together in every variant, and flashes at the same times in all. */
async function expectTogether(base: string, variants: readonly Variant[]): Promise<void> {
  const flashes: number[][] = []
  for (const [program, { id }] of variants.entries()) {
    const marks = await measureSync(`${base}/index.m3u8`, program)
    expect(marks.length, id).toBeGreaterThanOrEqual(SECONDS - 3)
    expect(worstOffset(marks), id).toBeLessThanOrEqual(SYNC_LIMIT)
    flashes.push(marks.map(({ flash }) => Math.round(flash * 100)))
  }
  for (const each of flashes) expect(each).toEqual(flashes[0])
}

/** Waits until the API knows exactly these renditions, failed ones among them. */
function waitForRungs(
  gateway: Gateway,
  stream: string,
  publisher: Child,
  ids: readonly string[],
): Promise<NonNullable<StreamView['broadcast']>['rungs']> {
  return waitFor(
    async () => {
      if (!publisher.running()) throw new Error(publisher.output())
      const { broadcast } = await gateway.api<StreamView>('GET', `/v1/streams/${stream}`)
      const found = broadcast?.rungs.map(({ id }) => id) ?? []
      return found.toSorted().join() === ids.toSorted().join() ? broadcast?.rungs : undefined
    },
    { what: `the rungs ${ids.join()} of ${stream}`, interval: 100 },
  )
}

function waitForSegments(base: string, id: string, count: number): Promise<boolean> {
  return waitFor(
    async () =>
      (await fetchText(`${base}/${id}/index.m3u8`)) !== undefined &&
      (await readMediaPlaylist(base, id)).segments.length >= count,
    { what: `${count} segments of ${id}`, timeout: 30_000, interval: 100 },
  )
}
