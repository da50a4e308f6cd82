import { type Child, publishWithFfmpeg, waitFor } from '@sluice/testkit'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser } from './support/browser.ts'
import { type Gateway, startGateway } from './support/gateway.ts'
import { decodeStrictly } from './support/media.ts'
import { WatchPage } from './support/watch-page.ts'

const STREAM = 'private'

interface Playback {
  readonly token: string
  readonly expiresAt: string
}

const browser = await openBrowser()

describe('a stream that needs a token', () => {
  let gateway: Gateway
  let publisher: Child
  let token: string

  beforeAll(async () => {
    gateway = await startGateway({
      SLUICE_PROFILE: 'source',
      SLUICE_PLAYBACK_SECRETS: 'k1:a-secret-for-watching-in-tests',
    })
    publisher = publishWithFfmpeg({ url: `${gateway.rtmp}/${STREAM}`, width: 320, height: 180 })
    token = await sign(600)
    const media = playlistWith(token).replace('index.m3u8', 'source/index.m3u8')
    const isBegun = async (): Promise<boolean> =>
      (await (await fetch(media)).text()).split('#EXTINF').length > 3
    await waitFor(isBegun, { what: 'segments', timeout: 40_000, interval: 200 })
  })
  afterAll(async () => {
    await browser?.close()
    await publisher?.stop()
    await gateway?.stop()
  })

  async function sign(expiresIn: number): Promise<string> {
    const path = `/v1/streams/${STREAM}/playback-token`
    return (await gateway.api<Playback>('POST', path, { expiresIn })).token
  }

  function playlistWith(made: string): string {
    return `${gateway.origin}/live/~${made}/${STREAM}/index.m3u8`
  }

  it.each(['index.m3u8', 'manifest.mpd'])(
    'is played by ffmpeg from %s, and by nobody without one',
    async (document) => {
      expect(await decodeStrictly(playlistWith(token).replace('index.m3u8', document), ['-t', '3'])).toBe('')
      expect((await fetch(`${gateway.origin}/live/${STREAM}/${document}`)).status).toBe(401)
    },
  )

  it('is played by ffmpeg from a playlist with the token in its query', async () => {
    const introduced = `${gateway.origin}/live/${STREAM}/index.m3u8?token=${token}`
    expect(await decodeStrictly(introduced, ['-t', '3'])).toBe('')
  })

  it.skipIf(browser === undefined).each(['', '&player=dash'])(
    'is played by the watch page%s',
    async (player) => {
      const url = `${gateway.origin}/watch/${STREAM}?token=${token}${player}`
      const page = await WatchPage.open(browser as Browser, url)
      await page.waitForState('playing')
      const begun = await page.currentTime()
      await waitFor(async () => (await page.currentTime()) > begun + 3, { what: 'playback', timeout: 20_000 })
      expect(await page.fatalErrors()).toEqual([])
      await page.close()
    },
  )
})
