/** Where a player is, in seconds. */
export interface LivePlace {
  /** How much older what is shown is than it is meant to be; negative: newer. */
  readonly behind: number
  /** Media loaded ahead. */
  readonly buffer: number
}

/** A difference that is made good, and one that is good enough. Between two playlists a player's estimate errs by less. */
const NOTICEABLE = 0.12
const GOOD_ENOUGH = 0.03
/** From here on it is made good at double speed. */
const LARGE = 0.5
/** Who is further behind looks at the past, or was away: there is a button for that. */
const LIVE_RANGE = 3
/** With less than this loaded nobody is hurried. */
const RESERVE = 0.3
const [STEP, LARGE_STEP] = [0.05, 0.1]

/**
 * Keeps a player at its distance from the live edge, by playing a little faster or slower: few hear a twentieth, whose pitch stays
 * the same. hls.js by itself does so only with more than a second loaded ahead, which is more than low latency has.
 */
export class LivePace {
  #direction: -1 | 0 | 1 = 0

  /** The playback rate from now on. To be asked a few times a second. */
  rate({ behind, buffer }: LivePlace): number {
    if (Math.abs(behind) > NOTICEABLE) this.#direction = behind > 0 ? 1 : -1
    else if (behind * this.#direction < GOOD_ENOUGH) this.#direction = 0
    if (behind > LIVE_RANGE || (this.#direction === 1 && buffer < RESERVE)) return 1
    return 1 + this.#direction * (behind > LARGE ? LARGE_STEP : STEP)
  }
}
