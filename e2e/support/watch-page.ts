import type { Browser, Page } from 'playwright-core'
import type { Level, Sound } from '../../apps/web/src/watch/player.ts'
import { VideoPage } from './video-page.ts'

const ARTIFACTS = new URL('../../artifacts/', import.meta.url).pathname
/** What players fetch again and again. */
const MEDIA = /\/live\/.*\.(m4s|mp4|m3u8|mpd)(\?|$)/

/** A watch page in a browser, seen from outside and through `window.sluice`. */
export class WatchPage extends VideoPage {
  /**
   * Uncaught errors and what the console called an error. Media that was asked for too early is none: players ask again, and
   * report what they cannot mend.
   */
  readonly complaints: string[] = []

  private constructor(page: Page) {
    super(page)
    page.on('pageerror', (error) => this.complaints.push(error.message))
    page.on('console', (message) => {
      const isMedia = MEDIA.test(message.location().url)
      if (message.type() === 'error' && !isMedia) this.complaints.push(message.text())
    })
  }

  static async open(browser: Browser, url: string): Promise<WatchPage> {
    const watch = new WatchPage(await browser.newPage({ viewport: { width: 1280, height: 800 } }))
    await watch.page.goto(url)
    return watch
  }

  /** Writes `artifacts/NAME.png`. */
  async screenshot(name: string): Promise<void> {
    await this.page.screenshot({ path: `${ARTIFACTS}${name}.png` })
  }

  /** The state's name, such as `playing`. */
  state(): Promise<string> {
    return this.page.evaluate(() => window.sluice.state.type)
  }

  /** The heading of the notice over the video; empty while there is none. */
  notice(): Promise<string> {
    return this.page.locator('#notice-title').innerText()
  }

  levels(): Promise<readonly Level[]> {
    return this.page.evaluate(() => window.sluice.levels())
  }

  setLevel(index: number): Promise<void> {
    return this.page.evaluate((level) => window.sluice.setLevel(level), index)
  }

  /** What can be heard, as the page's menu has it. */
  sounds(): Promise<readonly Sound[]> {
    return this.page.evaluate(() => window.sluice.sounds())
  }

  /** Chooses a sound in the page's menu, and waits until it is heard. */
  async chooseSound(name: string): Promise<void> {
    await this.page.getByLabel('Sound').selectOption({ label: name })
    await this.waitFor(
      async () => (await this.sounds()).some((sound) => sound.isCurrent && sound.name === name),
      `the sound ${name}`,
    )
  }

  /** Loudness of what is heard: the mean amplitude over about half a second, 0 to 1. */
  loudness(): Promise<number> {
    return this.video(async (video) => {
      const context = new AudioContext()
      const stream = (video as HTMLVideoElement & { captureStream(): MediaStream }).captureStream()
      const analyser = new AnalyserNode(context, { fftSize: 32_768 })
      context.createMediaStreamSource(stream).connect(analyser)
      await context.resume()
      const samples = new Float32Array(analyser.fftSize)
      const from = context.currentTime
      while (context.currentTime < from + 1) await new Promise(requestAnimationFrame)
      analyser.getFloatTimeDomainData(samples)
      await context.close()
      return samples.reduce((sum, sample) => sum + Math.abs(sample), 0) / samples.length
    })
  }

  /** Player errors after which playback could not go on without help. */
  fatalErrors(): Promise<string[]> {
    return this.page.evaluate(() =>
      window.sluice.errors.filter(({ fatal }) => fatal).map(({ code, message }) => `${code}: ${message}`),
    )
  }

  /** Moves to another time of the media. Resolves when there is a picture of it. */
  seek(time: number): Promise<void> {
    return this.page.locator('video').evaluate(
      (video, to) =>
        new Promise<void>((resolve) => {
          video.addEventListener('seeked', () => resolve(), { once: true })
          ;(video as HTMLVideoElement).currentTime = to
        }),
      time,
    )
  }

  /** Where the loaded media ends, in seconds. */
  bufferedEnd(): Promise<number> {
    return this.video(({ buffered }) => (buffered.length === 0 ? 0 : buffered.end(buffered.length - 1)))
  }

  /** Waits until this much more has been shown. */
  override async waitForSeconds(seconds: number): Promise<void> {
    await this.waitForTime((await this.currentTime()) + seconds)
  }

  /** Waits until the page plays and has passed this time. */
  async waitForTime(time: number): Promise<void> {
    await this.waitFor(
      async () => (await this.state()) === 'playing' && (await this.currentTime()) >= time,
      `time ${time}`,
    )
  }

  /**
   * Waits until so much was shown in one go, the page never out of `playing`. On a machine that does not come along it begins
   * to count anew.
   *
   * @returns the time it counted from.
   */
  async waitForSteady(seconds: number): Promise<number> {
    let from: number | undefined
    await this.waitFor(async () => {
      const time = await this.currentTime()
      if ((await this.state()) === 'playing') from ??= time
      else from = undefined
      return from !== undefined && time >= from + seconds
    }, `${seconds} s in one go`)
    return from ?? Number.NaN
  }

  async waitForState(state: string): Promise<void> {
    await this.waitFor(async () => (await this.state()) === state, `state ${state}`)
  }

  protected override async facts(): Promise<object> {
    return {
      address: this.page.url(),
      state: await this.state(),
      size: await this.size(),
      playback: await this.playback(),
      errors: await this.page.evaluate(() => window.sluice.errors),
      page: this.complaints,
    }
  }
}
