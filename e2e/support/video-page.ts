import { readFileSync } from 'node:fs'
import { waitFor } from '@sluice/testkit'
import type { Page } from 'playwright-core'
import { type Colour, quartersOf } from './card-in-video.ts'
import { type Playback, playbackOf } from './playback.ts'

/** A page with one video, seen from outside. */
export abstract class VideoPage {
  protected readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  close(): Promise<void> {
    return this.page.close()
  }

  /** Size of the picture on screen. */
  size(): Promise<string> {
    return this.video((video) => `${video.videoWidth}x${video.videoHeight}`)
  }

  currentTime(): Promise<number> {
    return this.video(({ currentTime }) => currentTime)
  }

  /** What is loaded, and what was shown. */
  playback(): Promise<Playback> {
    return playbackOf(this.page.locator('video'))
  }

  /** Bytes of sound decoded so far, as Chromium counts them. */
  decodedSound(): Promise<number> {
    return this.video(
      (video) =>
        (video as HTMLVideoElement & { readonly webkitAudioDecodedByteCount: number })
          .webkitAudioDecodedByteCount,
    )
  }

  /** Mean colours around the centres of the four quarters of the shown frame, row by row. */
  quarters(): Promise<Colour[]> {
    return quartersOf(this.page.locator('video'))
  }

  /** Waits until this much more has been shown. */
  async waitForSeconds(seconds: number): Promise<void> {
    const from = await this.currentTime()
    await this.waitFor(async () => (await this.currentTime()) >= from + seconds, `${seconds} s of playback`)
  }

  /** Waits for a picture of one of these sizes. */
  async waitForSize(...sizes: readonly string[]): Promise<void> {
    await this.waitFor(async () => sizes.includes(await this.size()), `a picture of ${sizes.join(' or ')}`)
  }

  /** @throws {Error} with what the page tells of itself, when it does not come to this. */
  async waitFor(condition: () => Promise<boolean>, what: string): Promise<void> {
    try {
      await waitFor(condition, { what, timeout: 60_000, interval: 100 })
    } catch (error) {
      throw new Error(`${what} did not come: ${JSON.stringify(await this.facts())}`, { cause: error })
    }
  }

  /** For whoever reads why a test failed. */
  protected abstract facts(): Promise<object>

  /** @param look - runs in the page. */
  protected video<T>(look: (video: HTMLVideoElement) => T | Promise<T>): Promise<T> {
    return this.page.locator('video').evaluate(look as (video: HTMLElement | SVGElement) => T | Promise<T>)
  }
}

/**
 * Gives a page a video and what is to play it.
 *
 * @param address - any document of a server on this machine, whose place the page takes: a page from nowhere may not reach
 *   the machine's own network.
 * @param library - file of a player's script.
 */
export async function loadPlayer(page: Page, address: string, library: string): Promise<void> {
  await page.goto(address)
  await page.setContent('<!doctype html><video muted></video>')
  await page.addScriptTag({ content: readFileSync(library, 'utf8') })
}
