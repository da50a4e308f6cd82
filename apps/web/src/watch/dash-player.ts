import { type ErrorEvent, MediaPlayer, type MediaPlayerClass } from 'dashjs'
import { DASH_SETTINGS } from './dash-settings.ts'
import {
  AUTOMATIC,
  type Level,
  type Player,
  type PlayerEvents,
  type PlayerStats,
  type Sound,
} from './player.ts'
import { bufferAhead, frameCounts } from './video-stats.ts'

/**
 * dash.js error codes after which it plays no further: the manifest cannot be read (10, 11, 25, 31, 32, 34) or the
 * browser refuses the media (20, 22, 23, 35). A failed segment (27, 28) it skips by itself.
 */
const FATAL_CODES: ReadonlySet<number> = new Set([10, 11, 20, 22, 23, 25, 31, 32, 34, 35])

/** Seconds behind where the player wants to be, from which on the viewer is taken to have gone back on purpose. */
const WENT_BACK = 5

/** Plays DASH and LL-DASH by dash.js. */
export class DashPlayer implements Player {
  readonly kind = 'dash'
  readonly #dash: MediaPlayerClass
  readonly #video: HTMLVideoElement
  readonly #events: PlayerEvents
  #automatic = true
  #ready = false

  /** Starts loading `url` and attaches to `video` at once. */
  constructor(video: HTMLVideoElement, url: string, events: PlayerEvents) {
    this.#video = video
    this.#events = events
    this.#dash = MediaPlayer().create()
    this.#dash.updateSettings(DASH_SETTINGS)
    this.#dash.on('streamInitialized', () => this.#handleStream())
    this.#dash.on('qualityChangeRendered', events.onLevels)
    this.#dash.on('trackChangeRendered', events.onLevels)
    this.#dash.on('playbackSeeking', () => this.#handleSeek())
    this.#dash.on('error', (event: ErrorEvent) => this.#handleError(event))
    this.#dash.initialize(video, url, false)
  }

  levels(): readonly Level[] {
    if (!this.#dash.isReady()) return []
    return this.#dash.getRepresentationsByType('video').map((representation) => ({
      index: representation.absoluteIndex,
      width: representation.width || undefined,
      height: representation.height || undefined,
      frameRate: representation.frameRate || undefined,
      bitrate: representation.bandwidth,
    }))
  }

  setLevel(index: number): void {
    this.#automatic = index === AUTOMATIC
    this.#dash.updateSettings({
      streaming: { abr: { autoSwitchBitrate: { video: this.#automatic } } },
    })
    if (!this.#automatic) this.#dash.setRepresentationForTypeByIndex('video', index, true)
  }

  sounds(): readonly Sound[] {
    if (!this.#dash.isReady()) return []
    const current = this.#dash.getCurrentTrackFor('audio')
    return this.#dash.getTracksFor('audio').map(({ index, labels, lang }, place) => ({
      index: place,
      name: labels[0]?.text ?? lang ?? '',
      isCurrent: index === current?.index,
    }))
  }

  setSound(index: number): void {
    const track = this.#dash.getTracksFor('audio')[index]
    if (track !== undefined) this.#dash.setCurrentTrack(track)
  }

  stats(): PlayerStats {
    const ready = this.#dash.isReady()
    const latency = ready ? this.#dash.getCurrentLiveLatency() : Number.NaN
    const target = ready ? this.#dash.getTargetLiveDelay() : Number.NaN
    return {
      latency: known(latency),
      behind: known(latency - target),
      buffer: bufferAhead(this.#video),
      ...frameCounts(this.#video),
      level: ready ? this.#dash.getCurrentRepresentationForType('video')?.absoluteIndex : undefined,
      automatic: this.#automatic,
    }
  }

  seekToLive(): void {
    this.#dash.seekToOriginalLive()
  }

  destroy(): void {
    this.#dash.destroy()
  }

  /** Comes for every Period. */
  #handleStream(): void {
    if (!this.#ready) this.#events.onReady()
    this.#ready = true
    this.#events.onLevels()
  }

  /** dash.js takes who goes back for one who has fallen behind, and hurries or leaps to the live edge. */
  #handleSeek(): void {
    const { behind } = this.stats()
    if (behind === undefined) return
    const enabled = behind < WENT_BACK
    this.#dash.updateSettings({ streaming: { liveCatchup: { enabled } } })
  }

  #handleError({ error }: ErrorEvent): void {
    const [code, message] = typeof error === 'string' ? [0, error] : [error.code, error.message]
    const fatal = FATAL_CODES.has(code)
    this.#events.onError({ at: Date.now(), player: this.kind, code: String(code), message, fatal })
    if (fatal) this.#events.onLost()
  }
}

function known(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined
}
