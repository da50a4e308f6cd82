import { type Child, freePort, publishWithFfmpeg, waitFor } from '@sluice/testkit'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser } from './support/browser.ts'
import { expectCard } from './support/card-in-video.ts'
import { FlvPage } from './support/flv-page.ts'
import { type Gateway, startGateway } from './support/gateway.ts'

const STREAM = 'card'
const SCHEMES = ['ws', 'http'] as const

const browser = await openBrowser()
if (browser === undefined) process.stdout.write('browser tests are skipped: Chromium is not installed\n')

describe.skipIf(browser === undefined)('FLV in Chromium, by mpegts.js', () => {
  let gateway: Gateway
  let publisher: Child
  let port: number
  const pages = new Map<string, FlvPage>()

  const open = (scheme: string, name: string): Promise<FlvPage> =>
    FlvPage.open(
      browser as Browser,
      `${gateway.origin}/readyz`,
      `${scheme}://127.0.0.1:${port}/live/${name}.flv`,
    )

  beforeAll(async () => {
    port = await freePort()
    gateway = await startGateway({ SLUICE_FLV_PORT: String(port), SLUICE_PROFILE: 'none' })
    publisher = publishWithFfmpeg({ url: `${gateway.rtmp}/${STREAM}`, width: 960, height: 540, bFrames: 2 })
    await waitFor(
      async () => (await fetch(`http://127.0.0.1:${port}/live/${STREAM}.flv`, { method: 'HEAD' })).ok,
      { what: 'the stream' },
    )
  })
  afterAll(async () => {
    await browser?.close()
    await publisher?.stop()
    await gateway?.stop()
  })

  it.each(SCHEMES)('plays by %s', async (scheme) => {
    const page = await open(scheme, STREAM)
    pages.set(scheme, page)
    await page.waitForSeconds(5)
    expect(await page.size()).toBe('960x540')
    expectCard(await page.quarters())
    expect(await page.decodedSound()).toBeGreaterThan(0)
    expect(await page.errors()).toEqual([])
  })

  it.each(SCHEMES)('says by %s that there is no such stream', async (scheme) => {
    const page = await open(scheme, 'nobody')
    expect(await page.waitForError()).toMatch(/^NetworkError: /)
    await page.close()
  })

  it('ends with the broadcast', async () => {
    await publisher.stop('SIGINT')
    for (const page of pages.values()) {
      await page.waitForEnd()
      expect(await page.errors()).toEqual([])
    }
  })
})
