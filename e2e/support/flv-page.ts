import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { waitFor } from '@sluice/testkit'
import type Mpegts from 'mpegts.js'
import type { Browser, Page } from 'playwright-core'
import { type Colour, quartersOf } from './card-in-video.ts'

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
export class FlvPage {
  readonly #page: Page

  private constructor(page: Page) {
    this.#page = page
  }

  /**
   * Opens a page and starts to play.
   *
   * @param address - any document of a server on this machine, whose place the page takes: a page from nowhere may not reach
   *   the machine's own network.
   */
  static async open(browser: Browser, address: string, stream: string): Promise<FlvPage> {
    const page = await browser.newPage()
    await page.goto(address)
    await page.setContent('<!doctype html><video muted></video>')
    await page.addScriptTag({ content: readFileSync(LIBRARY, 'utf8') })
    await page.evaluate((url) => {
      const video = document.querySelector('video')
      if (video === null) throw new Error('the page has no video')
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
      player.attachMediaElement(video)
      player.load()
      void player.play()
    }, stream)
    return new FlvPage(page)
  }

  close(): Promise<void> {
    return this.#page.close()
  }

  errors(): Promise<readonly string[]> {
    return this.#page.evaluate(() => window.watched.errors)
  }

  /** Size of the picture on screen. */
  size(): Promise<string> {
    return this.#page.evaluate(() => {
      const { videoWidth, videoHeight } = document.querySelector('video') ?? { videoWidth: 0, videoHeight: 0 }
      return `${videoWidth}x${videoHeight}`
    })
  }

  /** Bytes of sound decoded so far, as Chromium counts them. */
  decodedSound(): Promise<number> {
    return this.#page.evaluate(() => {
      const video: (HTMLVideoElement & { readonly webkitAudioDecodedByteCount?: number }) | null =
        document.querySelector('video')
      return video?.webkitAudioDecodedByteCount ?? 0
    })
  }

  /** Mean colours around the centres of the four quarters of the shown frame, row by row. */
  quarters(): Promise<Colour[]> {
    return quartersOf(this.#page.locator('video'))
  }

  /** Waits until this much more has been shown. */
  async waitForSeconds(seconds: number): Promise<void> {
    const from = await this.#currentTime()
    await this.#wait(async () => (await this.#currentTime()) >= from + seconds, `${seconds} s of playback`)
  }

  /** Waits until the server has ended the stream. */
  waitForEnd(): Promise<void> {
    return this.#wait(() => this.#page.evaluate(() => window.watched.complete), 'the end of the stream')
  }

  /** Waits for an error. @returns the first. */
  waitForError(): Promise<string> {
    return waitFor(async () => (await this.errors())[0], { what: 'an error' })
  }

  #currentTime(): Promise<number> {
    return this.#page.evaluate(() => document.querySelector('video')?.currentTime ?? 0)
  }

  async #wait(condition: () => Promise<boolean>, what: string): Promise<void> {
    try {
      await waitFor(condition, { what, timeout: 40_000, interval: 100 })
    } catch (error) {
      const [time, errors] = [await this.#currentTime(), await this.errors()]
      throw new Error(`${what} did not come: ${JSON.stringify({ time, errors })}`, { cause: error })
    }
  }
}
