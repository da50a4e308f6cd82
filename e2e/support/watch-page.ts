import { existsSync } from 'node:fs'
import { waitFor } from '@sluice/testkit'
import { type Browser, chromium, type Page } from 'playwright-core'
import type { Level, Sound } from '../../apps/web/src/watch/player.ts'
import { type Colour, quartersOf } from './card-in-video.ts'

const ARTIFACTS = new URL('../../artifacts/', import.meta.url).pathname
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update'],
  '--autoplay-policy=no-user-gesture-required',
]

/** Starts a headless Chromium, or gives undefined where none is installed; `CHROMIUM` names another one. */
export async function openBrowser(): Promise<Browser | undefined> {
  if (!existsSync(CHROMIUM)) return undefined
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS })
}

/** A watch page in a browser, seen from outside and through `window.sluice`. */
export class WatchPage {
  readonly #page: Page
  /** Uncaught errors and what the console called an error. */
  readonly complaints: string[] = []

  private constructor(page: Page) {
    this.#page = page
    page.on('pageerror', (error) => this.complaints.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text())
    })
  }

  static async open(browser: Browser, url: string): Promise<WatchPage> {
    const watch = new WatchPage(await browser.newPage({ viewport: { width: 1280, height: 800 } }))
    await watch.#page.goto(url)
    return watch
  }

  close(): Promise<void> {
    return this.#page.close()
  }

  /** Writes `artifacts/NAME.png`. */
  async screenshot(name: string): Promise<void> {
    await this.#page.screenshot({ path: `${ARTIFACTS}${name}.png` })
  }

  /** The state's name, such as `playing`. */
  state(): Promise<string> {
    return this.#page.evaluate(() => window.sluice.state.type)
  }

  /** The heading of the notice over the video; empty while there is none. */
  notice(): Promise<string> {
    return this.#page.locator('#notice-title').innerText()
  }

  levels(): Promise<readonly Level[]> {
    return this.#page.evaluate(() => window.sluice.levels())
  }

  setLevel(index: number): Promise<void> {
    return this.#page.evaluate((level) => window.sluice.setLevel(level), index)
  }

  /** What can be heard, as the page's menu has it. */
  sounds(): Promise<readonly Sound[]> {
    return this.#page.evaluate(() => window.sluice.sounds())
  }

  /** Chooses a sound in the page's menu, and waits until it is heard. */
  async chooseSound(name: string): Promise<void> {
    await this.#page.getByLabel('Sound').selectOption({ label: name })
    await this.#wait(
      async () => (await this.sounds()).some((sound) => sound.isCurrent && sound.name === name),
      `the sound ${name}`,
    )
  }

  /** Loudness of what is heard: the mean amplitude over about half a second, 0 to 1. */
  loudness(): Promise<number> {
    return this.#video(async (video) => {
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
    return this.#page.evaluate(() =>
      window.sluice.errors.filter(({ fatal }) => fatal).map(({ code, message }) => `${code}: ${message}`),
    )
  }

  /** Size of the picture on screen. */
  size(): Promise<string> {
    return this.#video((video) => `${video.videoWidth}x${video.videoHeight}`)
  }

  currentTime(): Promise<number> {
    return this.#video(({ currentTime }) => currentTime)
  }

  /** Bytes of sound decoded so far, as Chromium counts them. */
  decodedSound(): Promise<number> {
    return this.#video(
      (video) =>
        (video as HTMLVideoElement & { readonly webkitAudioDecodedByteCount: number })
          .webkitAudioDecodedByteCount,
    )
  }

  /** How many pieces the loaded media is in: one, unless something was skipped. */
  bufferedRanges(): Promise<number> {
    return this.#video(({ buffered }) => buffered.length)
  }

  /** Where the loaded media ends, in seconds. */
  bufferedEnd(): Promise<number> {
    return this.#video(({ buffered }) => (buffered.length === 0 ? 0 : buffered.end(buffered.length - 1)))
  }

  /** Waits until this much more has been shown. */
  async waitForSeconds(seconds: number): Promise<void> {
    await this.waitForTime((await this.currentTime()) + seconds)
  }

  /** Waits until the page plays and has passed this time. */
  async waitForTime(time: number): Promise<void> {
    await this.#wait(
      async () => (await this.state()) === 'playing' && (await this.currentTime()) >= time,
      `time ${time}`,
    )
  }

  async waitForState(state: string): Promise<void> {
    await this.#wait(async () => (await this.state()) === state, `state ${state}`)
  }

  async waitForSize(size: string): Promise<void> {
    await this.#wait(async () => (await this.size()) === size, `a picture of ${size}`)
  }

  /** Mean colours around the centres of the four quarters of the shown frame, row by row. */
  quarters(): Promise<Colour[]> {
    return quartersOf(this.#page.locator('video'))
  }

  #video<T>(look: (video: HTMLVideoElement) => T | Promise<T>): Promise<T> {
    return this.#page.locator('video').evaluate(look as (video: HTMLElement | SVGElement) => T | Promise<T>)
  }

  async #wait(condition: () => Promise<boolean>, what: string): Promise<void> {
    try {
      await waitFor(condition, { what, timeout: 40_000, interval: 100 })
    } catch (error) {
      const [state, time, size] = [await this.state(), await this.currentTime(), await this.size()]
      const facts = JSON.stringify({
        state,
        time,
        size,
        fatal: await this.fatalErrors(),
        page: this.complaints,
      })
      throw new Error(`${what} did not come: ${facts}`, { cause: error })
    }
  }
}
