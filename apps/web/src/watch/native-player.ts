import type { Level, Player, PlayerEvents, PlayerStats, Sound } from './player.ts'
import { bufferAhead, frameCounts } from './video-stats.ts'

/** Plays HLS by the browser itself, where there are no Media Source Extensions (older iPhones). It chooses its level, and has a menu of its own for sounds. */
export class NativePlayer implements Player {
  readonly kind = 'hls'
  readonly #video: HTMLVideoElement
  readonly #listening = new AbortController()

  constructor(video: HTMLVideoElement, url: string, events: PlayerEvents) {
    this.#video = video
    video.addEventListener(
      'error',
      () => {
        const { code = 0, message = '' } = video.error ?? {}
        events.onError({ at: Date.now(), player: this.kind, code: `native-${code}`, message, fatal: true })
        events.onLost()
      },
      { signal: this.#listening.signal },
    )
    video.src = url
    events.onReady()
  }

  levels(): readonly Level[] {
    return []
  }

  setLevel(): void {}

  sounds(): readonly Sound[] {
    return []
  }

  setSound(): void {}

  stats(): PlayerStats {
    const { seekable, currentTime } = this.#video
    const edge = seekable.length > 0 ? seekable.end(seekable.length - 1) : undefined
    return {
      latency: edge === undefined ? undefined : edge - currentTime,
      behind: undefined,
      buffer: bufferAhead(this.#video),
      ...frameCounts(this.#video),
      level: undefined,
      automatic: true,
    }
  }

  seekToLive(): void {
    const { seekable } = this.#video
    if (seekable.length > 0) this.#video.currentTime = seekable.end(seekable.length - 1)
  }

  destroy(): void {
    this.#listening.abort()
    this.#video.removeAttribute('src')
    this.#video.load()
  }
}
