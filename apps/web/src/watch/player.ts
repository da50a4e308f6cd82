import type { PlayerKind } from './stream-address.ts'

/** One quality a viewer can choose. */
export interface Level {
  /** What `setLevel` takes. */
  readonly index: number
  /** Pixels; undefined where the manifest does not say. */
  readonly width: number | undefined
  readonly height: number | undefined
  /** Frames per second; undefined where the manifest does not say. */
  readonly frameRate: number | undefined
  /** Bits per second, as announced. */
  readonly bitrate: number
}

/** One of several sounds a viewer can choose. */
export interface Sound {
  /** What `setSound` takes. */
  readonly index: number
  /** For people. */
  readonly name: string
  /** True for the one that is heard. */
  readonly isCurrent: boolean
}

/** The level that lets the player choose by the connection's speed. */
export const AUTOMATIC = -1

/** What is known about the playback right now. Undefined: not known (yet). */
export interface PlayerStats {
  /** Seconds from the wall-clock time of the shown frame to now, or to the live edge where the stream gives no clock. */
  readonly latency: number | undefined
  /** Seconds between the shown frame and the position the player aims at; 0 or less when it is there. */
  readonly behind: number | undefined
  /** Seconds of media ahead of the shown frame. */
  readonly buffer: number
  readonly droppedFrames: number
  readonly totalFrames: number
  /** Index of the level on screen. */
  readonly level: number | undefined
  /** Whether the player chooses the level. */
  readonly automatic: boolean
}

/** Something a player reported, harmless or not. */
export interface PlayerError {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly player: PlayerKind
  /** The library's own name for it: `levelLoadError`, `27`. */
  readonly code: string
  readonly message: string
  /** True when playback could not go on without help. */
  readonly fatal: boolean
}

/** What a player tells the page. */
export interface PlayerEvents {
  /**
   * The video may be told to play, once for each player. Not before: dash.js refreshes its manifest only where it
   * has seen playback begin.
   */
  readonly onReady: () => void
  /** The levels, the level on screen, the sounds, or the one that is heard, changed. */
  readonly onLevels: () => void
  readonly onError: (error: PlayerError) => void
  /** The player gave up. It plays nothing any more; the caller destroys it and may make another. */
  readonly onLost: () => void
}

/** A playing library behind one shape, so that the page does not know which it is. */
export interface Player {
  readonly kind: PlayerKind
  levels(): readonly Level[]
  /** @param index - a level's index, or `AUTOMATIC`. */
  setLevel(index: number): void
  sounds(): readonly Sound[]
  /** @param index - a sound's index. */
  setSound(index: number): void
  stats(): PlayerStats
  seekToLive(): void
  /** Lets go of the video element. The player must not be used afterwards. */
  destroy(): void
}
