import type { Level, PlayerError, PlayerStats, Sound } from './player.ts'
import type { PlayerKind } from './stream-address.ts'
import type { WatchController } from './watch-controller.ts'
import type { WatchState } from './watch-state.ts'

/** What the page shows of itself as `window.sluice`, for tests and for a look from the browser's console. */
export interface Diagnostics {
  /** The protocol in use. */
  readonly player: PlayerKind
  readonly state: WatchState
  /** Empty while no player is at work. */
  levels(): readonly Level[]
  /** @param index - a level's index, or -1 for automatic. Ignored while no player is at work. */
  setLevel(index: number): void
  /** Empty while no player is at work. */
  sounds(): readonly Sound[]
  /** @param index - a sound's index. Ignored while no player is at work. */
  setSound(index: number): void
  /** Undefined while no player is at work. */
  stats(): PlayerStats | undefined
  /** What the players reported since the page was loaded, oldest first, 100 at most. */
  readonly errors: readonly PlayerError[]
}

declare global {
  interface Window {
    sluice: Diagnostics
  }
}

/** A live view of the controller. */
export function diagnosticsOf(controller: WatchController): Diagnostics {
  return {
    get player() {
      return controller.address.kind
    },
    get state() {
      return controller.state
    },
    levels: () => controller.player?.levels() ?? [],
    setLevel: (index) => controller.player?.setLevel(index),
    sounds: () => controller.player?.sounds() ?? [],
    setSound: (index) => controller.player?.setSound(index),
    stats: () => controller.player?.stats(),
    get errors() {
      return controller.errors
    },
  }
}
