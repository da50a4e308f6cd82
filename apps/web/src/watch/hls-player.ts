import Hls, { type ErrorData, ErrorTypes, Events, type Level as HlsLevel } from 'hls.js'
import { keepPace } from './hls-pace.ts'
import { HLS_SETTINGS } from './hls-settings.ts'
import {
  AUTOMATIC,
  type Level,
  type Player,
  type PlayerEvents,
  type PlayerStats,
  type Sound,
} from './player.ts'
import { RecoveryBudget } from './recovery-budget.ts'
import { bufferAhead, frameCounts } from './video-stats.ts'

/** A repaired player that fails again the same way within this many milliseconds is given up. */
const REPAIR_INTERVAL = 10_000

/** Whether this browser has what hls.js needs. */
export function canPlay(): boolean {
  return Hls.isSupported()
}

/** Plays HLS and LL-HLS by hls.js, also where the browser would say it plays HLS itself. */
export class HlsPlayer implements Player {
  readonly kind = 'hls'
  readonly #hls: Hls
  readonly #video: HTMLVideoElement
  readonly #events: PlayerEvents
  readonly #repairs = new RecoveryBudget(REPAIR_INTERVAL)

  /** Starts loading `url` and attaches to `video` at once. */
  constructor(video: HTMLVideoElement, url: string, events: PlayerEvents) {
    this.#video = video
    this.#events = events
    this.#hls = new Hls(HLS_SETTINGS)
    this.#hls.on(Events.MANIFEST_PARSED, events.onLevels)
    this.#hls.on(Events.MANIFEST_PARSED, events.onReady)
    this.#hls.on(Events.LEVELS_UPDATED, events.onLevels)
    this.#hls.on(Events.LEVEL_SWITCHED, events.onLevels)
    this.#hls.on(Events.AUDIO_TRACKS_UPDATED, events.onLevels)
    this.#hls.on(Events.AUDIO_TRACK_SWITCHED, events.onLevels)
    this.#hls.on(Events.ERROR, (_, data) => this.#handleError(data))
    keepPace(this.#hls, video)
    this.#hls.loadSource(url)
    this.#hls.attachMedia(video)
  }

  levels(): readonly Level[] {
    return this.#hls.levels.map((level: HlsLevel, index) => ({
      index,
      width: level.width || undefined,
      height: level.height || undefined,
      frameRate: level.frameRate || undefined,
      bitrate: level.bitrate,
    }))
  }

  setLevel(index: number): void {
    this.#hls.nextLevel = index
  }

  /** Of the group that the level on screen has. hls.js keeps to the name when it changes groups. */
  sounds(): readonly Sound[] {
    const { audioTracks, audioTrack } = this.#hls
    return audioTracks.map(({ name }, index) => ({ index, name, isCurrent: index === audioTrack }))
  }

  setSound(index: number): void {
    this.#hls.audioTrack = index
  }

  stats(): PlayerStats {
    const { currentLevel, playingDate, latency, liveSyncPosition } = this.#hls
    return {
      latency: playingDate === null ? latency || undefined : (Date.now() - playingDate.getTime()) / 1000,
      behind: liveSyncPosition === null ? undefined : liveSyncPosition - this.#video.currentTime,
      buffer: bufferAhead(this.#video),
      ...frameCounts(this.#video),
      level: currentLevel === AUTOMATIC ? undefined : currentLevel,
      automatic: this.#hls.autoLevelEnabled,
    }
  }

  seekToLive(): void {
    const position = this.#hls.liveSyncPosition
    if (position !== null) this.#video.currentTime = position
  }

  destroy(): void {
    this.#hls.destroy()
  }

  #handleError(data: ErrorData): void {
    const now = Date.now()
    this.#events.onError({
      at: now,
      player: this.kind,
      code: data.details,
      message: data.error.message,
      fatal: data.fatal,
    })
    if (!data.fatal) return
    const playlistKnown = this.#hls.levels.length > 0
    if (data.type === ErrorTypes.MEDIA_ERROR && this.#repairs.take('media', now)) {
      this.#hls.recoverMediaError()
    } else if (
      data.type === ErrorTypes.NETWORK_ERROR &&
      playlistKnown &&
      this.#repairs.take('network', now)
    ) {
      this.#hls.startLoad()
    } else {
      this.#events.onLost()
    }
  }
}
