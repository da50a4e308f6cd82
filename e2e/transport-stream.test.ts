import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, publishWithFfmpeg, runChild } from '@sluice/testkit'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser } from './support/browser.ts'
import { expectCard } from './support/card-in-video.ts'
import { type Gateway, startGateway } from './support/gateway.ts'
import { HlsPage } from './support/hls-page.ts'
import { decodeStrictly, fetchText, waitForLadder } from './support/media.ts'
import { expectUnbroken } from './support/playback.ts'
import { waitForEnd } from './support/playlists.ts'
import { measureSync, worstOffset } from './support/sync.ts'

/** The beep may be this much farther from its flash than in the CMAF rendition, in milliseconds: less than a tick of the sound. */
const SAME_SYNC = 1
/** ITU-R BT.1359 hears it from 45 ms on. */
const SYNC_LIMIT = 40

const browser = await openBrowser()
if (browser === undefined) process.stdout.write('hls.js is not tested: Chromium is not installed\n')

describe('transport streams', () => {
  let gateway: Gateway
  let onAir: Child | undefined
  beforeAll(async () => {
    gateway = await startGateway({ SLUICE_WINDOW_SECONDS: '120' })
  })
  afterAll(async () => {
    await browser?.close()
    await onAir?.stop()
    await gateway?.stop()
  })

  describe('of a broadcast that has ended', () => {
    const seconds = 40
    let base: string
    beforeAll(async () => {
      base = `${gateway.origin}/live/marked`
      const publisher = publishWithFfmpeg({
        url: `${gateway.rtmp}/marked`,
        // Frames that are reordered: their decode times lie before the first picture's time.
        ...{ width: 320, height: 180, frameRate: 25, bFrames: 2, video: 'flash' },
        ...{ sampleRate: 44_100, audio: 'beep' },
        ...{ seconds, speed: 10 },
      })
      if ((await publisher.exited).code !== 0) throw new Error(`the publisher failed: ${publisher.output()}`)
      await waitForEnd(base)
    })

    it('have sound and picture together as the CMAF segments have them', async () => {
      const worst: number[] = []
      for (const url of [`${base}/index.m3u8`, `${base}/ts/index.m3u8`]) {
        const marks = await measureSync(url)
        expect(marks.length).toBeGreaterThan(seconds - 5)
        worst.push(worstOffset(marks))
      }
      const [cmaf = Number.NaN, ts = Number.NaN] = worst
      process.stdout.write(`worst offset: CMAF ${cmaf.toFixed(1)} ms, transport stream ${ts.toFixed(1)} ms\n`)
      expect(ts).toBeLessThanOrEqual(SYNC_LIMIT)
      expect(Math.abs(ts - cmaf)).toBeLessThanOrEqual(SAME_SYNC)
    })

    it('decode without a complaint, sound alone too', async () => {
      const sounds = (await fetchText(`${base}/ts/index.m3u8`))?.match(/^audio.*/gm) ?? []
      expect(sounds.length).toBeGreaterThan(0)
      for (const uri of ['index.m3u8', ...sounds])
        expect(await decodeStrictly(`${base}/ts/${uri}`, ['-map', '0'])).toBe('')
    })

    it('continue each other packet by packet', async () => {
      const playlist = await fetchText(`${base}/ts/source/index.m3u8`)
      const names = playlist?.match(/^[^#].*/gm) ?? []
      expect(names.length).toBeGreaterThan(15)
      const files = await Promise.all(
        names.map(
          async (name) => new Uint8Array(await (await fetch(`${base}/ts/source/${name}`)).arrayBuffer()),
        ),
      )
      const folder = await mkdtemp(join(tmpdir(), 'sluice-ts-'))
      try {
        const path = join(folder, 'all.ts')
        await writeFile(path, Buffer.concat(files))
        const { output } = await runChild('ffmpeg', [
          '-v',
          'debug',
          '-i',
          path,
          '-c',
          'copy',
          '-f',
          'null',
          '-',
        ])
        expect(output).toContain('Stream #0:1')
        expect(output).not.toMatch(/Continuity check failed|corrupt|Non-monotonous/i)
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    })
  })

  it.skipIf(browser === undefined)('play by hls.js while they are on air, in every rung', async () => {
    const sizes = ['736x414', '640x360']
    onAir = publishWithFfmpeg({ url: `${gateway.rtmp}/card`, width: 736, height: 414, frameRate: 25 })
    await waitForLadder(gateway.origin, 'card', sizes.length)
    const page = await HlsPage.open(
      browser as Browser,
      `${gateway.origin}/healthz`,
      `${gateway.origin}/live/card/ts/index.m3u8`,
    )
    await page.waitForSeconds(1)
    const { time } = await page.playback()
    await page.waitForSeconds(5)
    expectUnbroken(await page.playback(), time)
    expect((await page.sizes()).sort()).toEqual(sizes.toSorted())
    for (const size of sizes) {
      await page.chooseSize(size)
      await page.waitForSeconds(1)
      expectCard(await page.quarters())
    }
    expect(await page.errors()).toEqual([])
    await page.close()
  })
})
