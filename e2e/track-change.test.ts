import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clientVersion, publishWithFfmpeg, RtmpTestClient, runChild, startChild } from '@sluice/testkit'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { openBrowser } from './support/browser.ts'
import { DashPage } from './support/dash-page.ts'
import { type Gateway, startGateway } from './support/gateway.ts'
import { fetchText, waitForLadder } from './support/media.ts'
import { type ListedSegment, readMediaPlaylist, renditionsOf, waitForEnd } from './support/playlists.ts'
import { readRecording, sendInRealTime, shifted } from './support/recorded-publisher.ts'
import { fetchMedia } from './support/segments.ts'
import { WatchPage } from './support/watch-page.ts'

const TIMEOUT = 120_000

const browser = await openBrowser()
let gateway: Gateway
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-change-'))
  gateway = await startGateway()
})
afterAll(async () => {
  await browser?.close()
  await gateway?.stop()
  await rm(folder, { recursive: true, force: true })
})

describe.concurrent('a publisher that goes over to', () => {
  it(
    'another picture size is cut once in every rendition',
    async (test) => {
      process.stdout.write(
        `encoded by ffmpeg ${await clientVersion('ffmpeg')}, watched in Chromium ${browser?.version() ?? '(not installed)'}\n`,
      )
      const halves = await Promise.all([recorded(736, 414, 8), recorded(640, 480, 10)])
      const file = join(folder, 'joined.flv')
      await writeFile(file, joinFlv(halves))
      const url = `${gateway.rtmp}/size`
      const publisher = startChild('ffmpeg', [
        '-v',
        'warning',
        '-re',
        '-i',
        file,
        '-c',
        'copy',
        '-f',
        'flv',
        url,
      ])
      await waitForLadder(gateway.origin, 'size', 2)
      const players = ['hls', 'dash']
      const pages = await Promise.all(
        players.map((player) => openPage(`${gateway.origin}/watch/size?player=${player}`, test)),
      )
      const shaka =
        browser && (await DashPage.open(browser, 'shaka', `${gateway.origin}/live/size/low-latency.mpd`))
      test.onTestFinished(() => shaka?.close())
      await Promise.all([
        ...pages.map((page) => expectChange(page, ['640x480', '480x360'])),
        shaka?.waitForSize('640x480', '480x360'),
      ])
      expect((await shaka?.errors()) ?? []).toEqual([])
      expect((await publisher.exited).code, publisher.output()).toBe(0)
      const base = `${gateway.origin}/live/size`
      const variants = await waitForEnd(base)
      expect(variants.map(({ id }) => id)).toEqual(['source', '360p'])
      for (const id of renditionsOf(variants)) {
        const [before, after] = await halvesOf(base, id)
        if (id.startsWith('audio')) continue
        const sizes = [await pictureOf(base, id, before), await pictureOf(base, id, after)]
        expect(sizes, id).toEqual(
          id === 'source' ? ['h264 736x414', 'h264 640x480'] : ['h264 640x360', 'h264 480x360'],
        )
      }
      await expectTwoPeriods(base, [/codecs="avc1[^>]*width="736"/, /codecs="avc1[^>]*width="640"/])
    },
    TIMEOUT,
  )

  it(
    'another codec is cut once, and DASH says what each Period has',
    async (test) => {
      const avc = await readRecording('ffmpeg-5.1-avc-aac')
      const hevc = await readRecording('ffmpeg-7.1-hevc-aac')
      if (avc === undefined || hevc === undefined) {
        process.stdout.write('the change of codec is skipped: ../shared/captures is not there\n')
        return test.skip('no recordings')
      }
      const client = new RtmpTestClient(Number(new URL(gateway.rtmp).port))
      test.onTestFinished(() => client.destroy())
      expect(await client.publishTo('codec')).toMatchObject({ code: 'NetStream.Publish.Start' })
      const end = Math.max(...avc.map(({ timestamp }) => timestamp))
      await sendInRealTime(client, [...shifted(avc, 0), ...shifted(hevc, end + 40)])
      client.unpublish('codec')
      const base = `${gateway.origin}/live/codec`
      await waitForEnd(base)
      const [before, after] = await halvesOf(base, 'source')
      expect(await pictureOf(base, 'source', before)).toMatch(/^h264 /)
      expect(await pictureOf(base, 'source', after)).toMatch(/^hevc /)
      await halvesOf(base, 'audio-source')
      await expectTwoPeriods(base, [/codecs="avc1/, /codecs="hvc1/])
    },
    TIMEOUT,
  )
})

/** A watch page that plays already; undefined where no browser is installed. */
async function openPage(address: string, test: TestContext): Promise<WatchPage | undefined> {
  if (browser === undefined) return undefined
  const page = await WatchPage.open(browser, address)
  test.onTestFinished(() => page.close())
  await page.waitForState('playing')
  return page
}

/** A page that was playing shows a picture of one of these sizes in the end, without an error on the way. */
async function expectChange(page: WatchPage | undefined, sizes: readonly string[]): Promise<void> {
  if (page === undefined) return
  await page.waitForSize(...sizes)
  expect(await page.fatalErrors()).toEqual([])
  expect(page.complaints).toEqual([])
}

/** Some seconds of the test card as FLV. */
async function recorded(width: number, height: number, seconds: number): Promise<Buffer> {
  const url = join(folder, `${width}.flv`)
  const child = publishWithFfmpeg({ url, width, height, seconds, speed: 0 })
  const { code } = await child.exited
  if (code !== 0) throw new Error(child.output())
  return readFile(url)
}

/** One FLV after the other, as one that changes in the middle. */
function joinFlv(files: readonly Buffer[]): Buffer {
  const parts: Buffer[] = [files[0]?.subarray(0, 13) ?? Buffer.alloc(0)]
  let start = 0
  for (const file of files) {
    let last = 0
    for (let at = 13; at + 11 <= file.length; ) {
      const size = file.readUIntBE(at + 1, 3)
      const tag = Buffer.from(file.subarray(at, at + 11 + size + 4))
      const isScript = tag[0] === 18
      const time = tag.readUIntBE(4, 3)
      last = Math.max(last, time)
      tag.writeUIntBE(time + start, 4, 3)
      if (!isScript || start === 0) parts.push(tag)
      at += tag.length
    }
    start += last + 40
  }
  return Buffer.concat(parts)
}

/** The segments before the one discontinuity of a rendition, and behind it: each half has one init segment. */
async function halvesOf(
  base: string,
  rendition: string,
): Promise<readonly [ListedSegment[], ListedSegment[]]> {
  const { segments } = await readMediaPlaylist(base, rendition)
  const breaks = segments.flatMap(({ discontinuity }, index) => (discontinuity ? [index] : []))
  expect(breaks, `discontinuities of ${rendition}`).toHaveLength(1)
  const halves = [segments.slice(0, breaks[0]), segments.slice(breaks[0])] as const
  for (const half of halves) expect(new Set(half.map(({ init }) => init)).size, rendition).toBe(1)
  expect(halves[0][0]?.init).not.toBe(halves[1][0]?.init)
  return halves
}

/** Codec and size of some segments, which decode without a complaint. */
async function pictureOf(
  base: string,
  rendition: string,
  segments: readonly ListedSegment[],
): Promise<string> {
  const file = join(folder, `${base.split('/').at(-1)}-${rendition}-${segments[0]?.number}.mp4`)
  await writeFile(file, await fetchMedia(base, rendition, segments))
  const { output: complaints } = await runChild('ffmpeg', [
    '-v',
    'error',
    '-xerror',
    '-i',
    file,
    '-f',
    'null',
    '-',
  ])
  expect(complaints.trim(), file).toBe('')
  const entries = ['-show_entries', 'stream=codec_name,width,height', '-of', 'json']
  const { output } = await runChild('ffprobe', ['-v', 'error', ...entries, file])
  const [stream] = JSON.parse(output).streams
  return `${stream.codec_name} ${stream.width}x${stream.height}`
}

/** @param patterns - one for each Period's text. */
async function expectTwoPeriods(base: string, patterns: readonly [RegExp, RegExp]): Promise<void> {
  const mpd = (await fetchText(`${base}/manifest.mpd`)) ?? ''
  const [, ...periods] = mpd.split('<Period ')
  expect(periods).toHaveLength(2)
  for (const [index, pattern] of patterns.entries()) expect(periods[index]).toMatch(pattern)
  expect(mpd).not.toContain('period-continuity')
}
