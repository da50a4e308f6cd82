import { createRequire } from 'node:module'
import type Hls from 'hls.js'
import type { Browser } from 'playwright-core'
import { loadPlayer, VideoPage } from './video-page.ts'

/** The web app's own. */
const APP = new URL('../../apps/web/package.json', import.meta.url)
const LIBRARY = createRequire(APP).resolve('hls.js/dist/hls.js')

declare global {
  interface Window {
    Hls: typeof Hls
    hlsErrors: string[]
    hls: Hls
  }
}

/** A page that plays any HLS playlist with hls.js as it comes. */
export class HlsPage extends VideoPage {
  /**
   * Opens a page and starts to play.
   *
   * @param address - see {@link loadPlayer}.
   */
  static async open(browser: Browser, address: string, playlist: string): Promise<HlsPage> {
    const page = await browser.newPage()
    await loadPlayer(page, address, LIBRARY)
    await page.locator('video').evaluate((found, url) => {
      const video = found as HTMLVideoElement
      const hls = new window.Hls()
      window.hls = hls
      window.hlsErrors = []
      hls.on(window.Hls.Events.ERROR, (_, { details, error }) =>
        window.hlsErrors.push(`${details}: ${error.message}`),
      )
      hls.on(window.Hls.Events.MANIFEST_PARSED, () => void video.play())
      hls.loadSource(url)
      hls.attachMedia(video)
    }, playlist)
    return new HlsPage(page)
  }

  /** Everything that hls.js reported, harmless or not. */
  errors(): Promise<readonly string[]> {
    return this.page.evaluate(() => window.hlsErrors)
  }

  /** Sizes of the levels, in their order. */
  sizes(): Promise<string[]> {
    return this.page.evaluate(() => window.hls.levels.map(({ width, height }) => `${width}x${height}`))
  }

  /** Goes over to a level, and waits until its picture is shown. */
  async chooseSize(size: string): Promise<void> {
    const index = (await this.sizes()).indexOf(size)
    await this.page.evaluate((level) => {
      window.hls.nextLevel = level
    }, index)
    await this.waitForSize(size)
  }

  protected override async facts(): Promise<object> {
    return { time: await this.currentTime(), size: await this.size(), errors: await this.errors() }
  }
}
