/** How long after it was captured the newest media may be here, as the host's clock has it, in milliseconds. */
const LONGEST_WAY = 2_000
/** What was seen is looked back at for one to two of these, in milliseconds: longer than any stall of a worker. */
const LOOK_BACK = 30_000

/**
 * The time of day as a broadcast's media have it: the host's clock, as long as the newest media are as old by it as they can be.
 *
 * Media time is tied to the wall clock when a broadcast begins, and counts on by the publisher's clock. Players of DASH work out
 * by the time of day which media there are: were they told a clock that has leapt or runs away from the publisher's, they
 * would ask for media long gone, or not yet made, for as long as the broadcast lasts.
 *
 * Knows no clock of its own: all times are milliseconds, `monotonic` of a clock that never leaps, the others since the Unix epoch.
 */
export class MediaClock {
  /** The greatest distances from the monotonic clock to the wall clock of the newest media, of two stretches of time. */
  #lead = Number.NEGATIVE_INFINITY
  #previousLead = Number.NEGATIVE_INFINITY
  #since = Number.NEGATIVE_INFINITY

  /** Media came that end at this wall clock. */
  observe(mediaEnd: number, monotonic: number): void {
    if (monotonic - this.#since > LOOK_BACK) {
      this.#previousLead = this.#lead
      this.#lead = Number.NEGATIVE_INFINITY
      this.#since = monotonic
    }
    this.#lead = Math.max(this.#lead, mediaEnd - monotonic)
  }

  /** @returns the time of day to go by; that of the host before any media came. */
  now(host: number, monotonic: number): number {
    const newest = Math.max(this.#lead, this.#previousLead) + monotonic
    if (newest === Number.NEGATIVE_INFINITY) return host
    return Math.min(Math.max(host, newest), newest + LONGEST_WAY)
  }
}
