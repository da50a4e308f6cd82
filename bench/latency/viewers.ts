import type { Browser } from 'playwright-core'
import { openBrowser } from '../../e2e/support/browser.ts'
import type { Measured } from './measured.ts'
import type { PlayRequest } from './page/players.ts'
import { servePage } from './serve-page.ts'

declare global {
  interface Window {
    /** Of a watch page: milliseconds from asking for the page to its first frame on screen. */
    firstFrame: Promise<number>
  }
}

/** A player of one stream, in a page of its own. */
export interface Viewer {
  /** Waits for the first frame on screen. @returns the milliseconds since it asked for the stream. */
  joined(): Promise<number>
  /** What it saw since it began to play, or since the last call. */
  take(): Promise<Measured>
  close(): Promise<void>
}

/** A headless Chromium and the page that measures. */
export interface Viewers {
  /** `Chromium 140.0…` */
  readonly browser: string
  /** Opens a page, and plays once everything but the stream is loaded. */
  open(request: PlayRequest): Promise<Viewer>
  /** Opens a watch page with nothing cached. @returns milliseconds from asking for the page to the first frame on screen. */
  joinWatchPage(url: string): Promise<number>
  stop(): Promise<void>
}

/** Starts Chromium. @returns undefined where it is not installed. */
export async function startViewers(): Promise<Viewers | undefined> {
  const browser = await openBrowser()
  if (browser === undefined) return undefined
  const page = await servePage()
  return {
    browser: `Chromium ${browser.version()}`,
    open: (request) => openViewer(browser, page.url, request),
    joinWatchPage: (url) => joinWatchPage(browser, url),
    stop: async () => {
      await browser.close()
      await page.stop()
    },
  }
}

async function openViewer(browser: Browser, url: string, request: PlayRequest): Promise<Viewer> {
  const page = await browser.newPage({ viewport: { width: 900, height: 520 } })
  await page.goto(url)
  await page.evaluate((wanted) => window.bench.play(wanted), request)
  return {
    joined: () => page.evaluate(() => window.bench.joined()),
    take: () => page.evaluate(() => window.bench.take()),
    close: () => page.close(),
  }
}

async function joinWatchPage(browser: Browser, url: string): Promise<number> {
  const page = await browser.newPage()
  try {
    // A page has no video before its script made one, and its first frame must not be missed.
    await page.addInitScript(() => {
      window.firstFrame = new Promise((resolve) => {
        document.addEventListener(
          'loadstart',
          ({ target }) => {
            if (!(target instanceof HTMLVideoElement)) return
            target.requestVideoFrameCallback(() => resolve(performance.now()))
          },
          { capture: true, once: true },
        )
      })
    })
    await page.goto(url)
    return await page.evaluate(() => window.firstFrame)
  } finally {
    await page.close()
  }
}
