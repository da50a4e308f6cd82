import { type Child, startChild, waitFor } from '@sluice/testkit'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser } from './support/browser.ts'
import { type Gateway, startGateway } from './support/gateway.ts'
import { fetchText } from './support/media.ts'
import { readMediaPlaylist } from './support/playlists.ts'
import { WatchPage } from './support/watch-page.ts'

const STREAM = 'long'
/** Seconds; longer than the gateway's own window, and than what players keep behind the picture. */
const WINDOW = 3600
const GATEWAY_WINDOW = 12
const BACK = 32
/** Luma rises by so much a second, from black; white comes after a minute and a half. */
const LUMA_A_SECOND = 2.4
const BLACK = 16
const LUMA_RANGE = 219

const browser = await openBrowser()
if (browser === undefined) process.stdout.write('seek tests are skipped: Chromium is not installed\n')

describe.skipIf(browser === undefined)('going back in a running broadcast', () => {
  let gateway: Gateway
  let publisher: Child

  beforeAll(async () => {
    gateway = await startGateway({
      SLUICE_PROFILE: 'source',
      SLUICE_WINDOW_SECONDS: String(GATEWAY_WINDOW),
    })
    await gateway.api('POST', '/v1/streams', { name: STREAM, windowSeconds: WINDOW }, 201)
    publisher = startChild('ffmpeg', [
      ...['-v', 'error', '-re', '-f', 'lavfi'],
      ...['-i', `color=gray:size=320x180:rate=25,geq=lum='${BLACK}+T*${LUMA_A_SECOND}':cb=128:cr=128`],
      ...['-re', '-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000'],
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-pix_fmt', 'yuv420p', '-c:a', 'aac'],
      ...['-f', 'flv', `${gateway.rtmp}/${STREAM}`],
    ])
    await waitFor(
      async () => {
        if (!publisher.running()) throw new Error(`the publisher ended: ${publisher.output()}`)
        if ((await fetchText(`${gateway.origin}/live/${STREAM}/source/index.m3u8`)) === undefined)
          return false
        const { segments } = await readMediaPlaylist(`${gateway.origin}/live/${STREAM}`, 'source')
        return segments.length * 2 > BACK + 8
      },
      { what: `${BACK + 8} s of ${STREAM}`, timeout: 90_000, interval: 1000 },
    )
  })
  afterAll(async () => {
    await browser?.close()
    await publisher?.stop()
    await gateway?.stop()
  })

  it.each(['hls', 'dash'])('shows what was on air then, by %s', async (player) => {
    const page = await WatchPage.open(
      browser as Browser,
      `${gateway.origin}/watch/${STREAM}?player=${player}`,
    )
    await page.waitForState('playing')
    await page.waitForSeconds(1)
    /** Seconds from the media's time to that of the picture. */
    const shift = async (): Promise<number> => (await pictureTime(page)) - (await page.currentTime())
    const live = await shift()
    const target = (await page.currentTime()) - BACK
    await page.seek(target)
    await page.waitForSeconds(1)
    expect(await page.currentTime()).toBeLessThan(target + 8)
    expect(Math.abs((await shift()) - live)).toBeLessThan(2)
    expect(await page.fatalErrors()).toEqual([])
    expect(page.complaints).toEqual([])
    await page.close()
  })

  it('DASH says how far back that is', async () => {
    const mpd = await fetchText(`${gateway.origin}/live/${STREAM}/manifest.mpd`)
    expect(mpd).toContain('timeShiftBufferDepth="PT3600S"')
    const view = await gateway.api<{ windowSeconds: number }>('GET', `/v1/streams/${STREAM}`)
    expect(view.windowSeconds).toBe(WINDOW)
  })
})

/** When the picture on screen was on air, in seconds from the first one: its brightness says so. */
async function pictureTime(page: WatchPage): Promise<number> {
  const [[red, green, blue] = [0, 0, 0]] = await page.quarters()
  return (((red + green + blue) / 3) * LUMA_RANGE) / 255 / LUMA_A_SECOND
}
