/** The page of the latency bench: plays one stream by one player, and measures what is on screen. Driven by `viewers.ts`. */
import type { Measured } from '../measured.ts'
import { Meter } from './meter.ts'
import { type PlayRequest, play } from './players.ts'

declare global {
  interface Window {
    bench: {
      /** Starts to play, and to measure from this moment on. */
      play(request: PlayRequest): Promise<void>
      /** Milliseconds from `play` to the first frame on screen. */
      joined(): Promise<number>
      /** What was measured since `play` or the last call; later measurements begin now. */
      take(): Measured
    }
  }
}

let meter: Meter | undefined
window.bench = {
  play: (request) => {
    const video = document.querySelector('video')
    if (video === null) throw new Error('the page has no video')
    meter = new Meter(video)
    return play(video, request)
  },
  joined: () => running().joined,
  take: () => running().take(),
}

function running(): Meter {
  if (meter === undefined) throw new Error('nothing is being played')
  return meter
}
