import { createRequire } from 'node:module'
import type { Browser } from 'playwright-core'
import { loadPlayer, VideoPage } from './video-page.ts'

const { resolve } = createRequire(import.meta.url)

/** The players, as scripts for a page. */
const LIBRARIES = { 'dash.js': resolve('dashjs'), shaka: resolve('shaka-player') } as const

export type DashPlayerName = keyof typeof LIBRARIES

/** What the page tells. */
interface Watched {
  readonly errors: string[]
  /** How often playback waited for media after it had begun. */
  stalls: number
  /** Seconds behind the live edge, as the player counts them. */
  latency(): number
  hasEnded(): boolean
}

/** As much of the two libraries as the page uses; their own types are for modules. */
interface Libraries {
  readonly dashjs: {
    MediaPlayer(): { create(): DashJs }
  }
  readonly shaka: { readonly Player: new () => Shaka }
}

interface DashJs {
  updateSettings(settings: object): void
  on(event: string, handle: (event: { readonly error: { readonly message: string } }) => void): void
  initialize(video: HTMLVideoElement, url: string, autoPlay: boolean): void
  getCurrentLiveLatency(): number
}

interface Shaka {
  attach(video: HTMLVideoElement): Promise<void>
  configure(settings: object): void
  addEventListener(
    event: string,
    handle: (event: { readonly detail: { readonly code: number } }) => void,
  ): void
  load(url: string): Promise<void>
  getPlayheadTimeAsDate(): Date | null
}

declare global {
  interface Window {
    dashWatched: Watched
  }
}

/** How a page is set up before it plays. */
export interface DashPageOptions {
  /** Seconds that the viewer's clock is ahead. */
  readonly clockAhead?: number
}

/** A page that plays a DASH manifest with one of the players. */
export class DashPage extends VideoPage {
  /** Opens a page at the manifest's own server and starts to play. */
  static async open(
    browser: Browser,
    player: DashPlayerName,
    url: string,
    { clockAhead = 0 }: DashPageOptions = {},
  ): Promise<DashPage> {
    const page = await browser.newPage()
    await page.addInitScript((ahead) => {
      const { now } = Date
      const Original = Date
      class Shifted extends Original {
        constructor(...given: ConstructorParameters<typeof Date> | []) {
          if (given.length === 0) super(now() + ahead)
          else super(...given)
        }
        static override now(): number {
          return now() + ahead
        }
      }
      window.Date = Shifted as DateConstructor
    }, clockAhead * 1000)
    await loadPlayer(page, new URL('/healthz', url).href, LIBRARIES[player])
    await page.evaluate(start, { player, url })
    return new DashPage(page)
  }

  errors(): Promise<readonly string[]> {
    return this.page.evaluate(() => window.dashWatched.errors)
  }

  stalls(): Promise<number> {
    return this.page.evaluate(() => window.dashWatched.stalls)
  }

  /** Seconds behind the live edge, as the player counts them. */
  latency(): Promise<number> {
    return this.page.evaluate(() => window.dashWatched.latency())
  }

  /** Waits until this much more has been shown, from when it plays. */
  override async waitForSeconds(seconds: number): Promise<void> {
    await this.waitFor(() => this.#isPlaying(), 'a picture')
    await super.waitForSeconds(seconds)
  }

  /**
   * Waits until so much was shown without waiting for media and never further behind the live edge than that, all seconds. On a
   * machine that does not come along it begins to count anew.
   */
  async waitForSteady(seconds: number, latency: number): Promise<void> {
    await this.waitFor(() => this.#isPlaying(), 'a picture')
    let from: { readonly time: number; readonly stalls: number } | undefined
    await this.waitFor(async () => {
      const [time, stalls] = [await this.currentTime(), await this.stalls()]
      const isNear = (await this.latency()) < latency
      if (!isNear) from = undefined
      else if (from?.stalls !== stalls) from = { time, stalls }
      return from !== undefined && time >= from.time + seconds
    }, `${seconds} s in one go, less than ${latency} s behind`)
  }

  /** Waits until the player has come to the end of the stream. */
  waitForEnd(): Promise<void> {
    return this.waitFor(() => this.page.evaluate(() => window.dashWatched.hasEnded()), 'the end')
  }

  /** Players begin with a leap to the live edge. */
  #isPlaying(): Promise<boolean> {
    return this.video(({ currentTime, seeking, readyState }) => currentTime > 0 && !seeking && readyState > 2)
  }

  protected override async facts(): Promise<object> {
    return {
      time: await this.currentTime(),
      latency: await this.latency(),
      stalls: await this.stalls(),
      errors: await this.errors(),
    }
  }
}

/** Runs in the page. */
function start({ player, url }: { readonly player: DashPlayerName; readonly url: string }): void {
  const video = document.querySelector('video')
  if (video === null) throw new Error('the page has no video')
  const { dashjs, shaka } = window as unknown as Libraries
  const errors: string[] = []
  let latency = (): number => Number.NaN
  video.addEventListener('waiting', () => {
    if (video.currentTime > 0 && !video.seeking) window.dashWatched.stalls += 1
  })
  window.dashWatched = { errors, stalls: 0, latency: () => latency(), hasEnded: () => video.ended }
  if (player === 'dash.js') {
    const dash = dashjs.MediaPlayer().create()
    dash.updateSettings({ debug: { logLevel: 0 } })
    dash.on('error', ({ error }) => errors.push(error.message))
    latency = () => dash.getCurrentLiveLatency()
    dash.initialize(video, url, true)
    return
  }
  const shakaPlayer = new shaka.Player()
  shakaPlayer.addEventListener('error', ({ detail }) => errors.push(String(detail.code)))
  shakaPlayer.configure({
    streaming: { lowLatencyMode: true, liveSync: { enabled: true } },
    // Its own settings for low latency have it too, but come when it has read the first manifest.
    manifest: { dash: { autoCorrectDrift: false } },
  })
  latency = () => (Date.now() - (shakaPlayer.getPlayheadTimeAsDate()?.getTime() ?? Number.NaN)) / 1000
  void shakaPlayer
    .attach(video)
    .then(() => shakaPlayer.load(url))
    .then(() => video.play())
    .catch((error: unknown) => errors.push(String(error)))
}
