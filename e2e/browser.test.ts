import { type Child, publishWithFfmpeg } from '@sluice/testkit'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser } from './support/browser.ts'
import { expectCard } from './support/card-in-video.ts'
import { type Gateway, startGateway } from './support/gateway.ts'
import { waitForLadder } from './support/media.ts'
import { expectUnbroken } from './support/playback.ts'
import { WatchPage } from './support/watch-page.ts'

/** More than dash.js loads at once, and several segments. */
const STEADY_SECONDS = 9
const STREAM = 'card'
const SIZES = ['960x540', '854x480', '640x360']

const browser = await openBrowser()
if (browser === undefined) process.stdout.write('browser tests are skipped: Chromium is not installed\n')

describe.skipIf(browser === undefined)('the watch page in Chromium', () => {
  let gateway: Gateway
  let publisher: Child
  let hls: WatchPage
  let dash: WatchPage

  beforeAll(async () => {
    process.stdout.write(`Chromium ${browser?.version()}\n`)
    gateway = await startGateway()
    publisher = publish()
    await waitForLadder(gateway.origin, STREAM, SIZES.length)
  })
  afterAll(async () => {
    await browser?.close()
    await publisher?.stop()
    await gateway?.stop()
  })

  function publish(): Child {
    return publishWithFfmpeg({ url: `${gateway.rtmp}/${STREAM}`, width: 960, height: 540, frameRate: 25 })
  }

  function open(query = ''): Promise<WatchPage> {
    return WatchPage.open(browser as Browser, `${gateway.origin}/watch/${STREAM}${query}`)
  }

  /** Plays without a stall and without a gap, longer than the media that a player loads ahead. */
  async function expectSteady(page: WatchPage): Promise<void> {
    const since = await page.waitForSteady(STEADY_SECONDS)
    expectUnbroken(await page.playback(), since)
  }

  /** The card is recognised, in every size the stream has. */
  async function expectEveryRung(page: WatchPage): Promise<void> {
    const levels = await page.levels()
    expect(levels.map(({ width, height }) => `${width}x${height}`).sort()).toEqual([...SIZES].sort())
    for (const { index, width, height } of levels) {
      await page.setLevel(index)
      await page.waitForSize(`${width}x${height}`)
      await page.waitForSeconds(1)
      expectCard(await page.quarters())
    }
    expect(await page.fatalErrors()).toEqual([])
    expect(page.complaints).toEqual([])
  }

  it('plays by hls.js, in every rung', async () => {
    hls = await open()
    await expectSteady(hls)
    await hls.screenshot('watch-hls')
    await expectEveryRung(hls)
  })

  it('plays by dash.js, in every rung', async () => {
    dash = await open('?player=dash')
    await expectSteady(dash)
    await dash.screenshot('watch-dash')
    await expectEveryRung(dash)
  })

  it('goes on playing when the publisher comes back', async () => {
    publisher.kill('SIGKILL')
    await publisher.exited
    const ends: number[] = []
    for (const page of [hls, dash]) {
      await page.waitForState('stalled')
      ends.push(await page.bufferedEnd())
    }
    await hls.screenshot('watch-stalled')
    publisher = publish()
    for (const [index, page] of [hls, dash].entries()) {
      // What was loaded before lies behind: this is the new session's picture.
      await page.waitForTime((ends[index] ?? 0) + 3)
      expectCard(await page.quarters())
      expect(await page.fatalErrors()).toEqual([])
    }
    await hls.screenshot('watch-reconnected')
  })

  it('says so when the broadcast ends', async () => {
    await publisher.stop('SIGINT')
    for (const page of [hls, dash]) {
      await page.waitForState('ended')
      expect(await page.notice()).toBe('The stream has ended')
      expect(await page.fatalErrors()).toEqual([])
    }
    await hls.screenshot('watch-ended')
  })
})
