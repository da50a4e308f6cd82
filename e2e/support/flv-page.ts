import { createRequire } from 'node:module'
import { waitFor } from '@sluice/testkit'
import type Mpegts from 'mpegts.js'
import type { Browser } from 'playwright-core'
import { loadPlayer, VideoPage } from './video-page.ts'

const LIBRARY = createRequire(import.meta.url).resolve('mpegts.js/dist/mpegts.js')

/** What the page tells. */
interface Watched {
  /** `TYPE: DETAIL: MESSAGE` of each error that mpegts.js reported. */
  readonly errors: string[]
  /** The server ended the stream. */
  complete: boolean
}

declare global {
  interface Window {
    mpegts: typeof Mpegts.default
    watched: Watched
  }
}

/** A page that plays an FLV stream with mpegts.js, by HTTP or by WebSocket as its address says. */
export class FlvPage extends VideoPage {
  /**
   * Opens a page and starts to play.
   *
   * @param address - see {@link loadPlayer}.
   */
  static async open(browser: Browser, address: string, stream: string): Promise<FlvPage> {
    const page = await browser.newPage()
    await loadPlayer(page, address, LIBRARY)
    await page.locator('video').evaluate((video, url) => {
      const { mpegts } = window
      const watched: Watched = { errors: [], complete: false }
      window.watched = watched
      mpegts.LoggingControl.enableAll = false
      const player = mpegts.createPlayer(
        { type: 'flv', isLive: true, url },
        { enableStashBuffer: false, liveBufferLatencyChasing: true },
      )
      player.on(mpegts.Events.ERROR, (type: string, detail: string, { msg }: { msg: string }) =>
        watched.errors.push(`${type}: ${detail}: ${msg}`),
      )
      player.on(mpegts.Events.LOADING_COMPLETE, () => {
        watched.complete = true
      })
      player.attachMediaElement(video as HTMLVideoElement)
      player.load()
      void player.play()
    }, stream)
    return new FlvPage(page)
  }

  errors(): Promise<readonly string[]> {
    return this.page.evaluate(() => window.watched.errors)
  }

  /** Waits until the server has ended the stream. */
  waitForEnd(): Promise<void> {
    return this.waitFor(() => this.page.evaluate(() => window.watched.complete), 'the end of the stream')
  }

  /** Waits for an error. @returns the first. */
  waitForError(): Promise<string> {
    return waitFor(async () => (await this.errors())[0], { what: 'an error' })
  }

  protected override async facts(): Promise<object> {
    return { time: await this.currentTime(), errors: await this.errors() }
  }
}
