import Hls from 'hls.js'
import { LivePace } from './live-pace.ts'
import { bufferAhead } from './video-stats.ts'

/** Keeps hls.js at its target latency until it is destroyed. Its own way of doing so has to be off; see `hls-settings.ts`. */
export function keepPace(hls: Hls, video: HTMLVideoElement): void {
  const pace = new LivePace()
  const look = (): void => {
    const target = hls.targetLatency
    if (target === null || hls.latestLevelDetails?.live !== true) return
    const rate = pace.rate({ behind: hls.latency - target, buffer: bufferAhead(video) })
    if (video.playbackRate !== rate) video.playbackRate = rate
  }
  video.addEventListener('timeupdate', look)
  hls.once(Hls.Events.DESTROYING, () => video.removeEventListener('timeupdate', look))
}
