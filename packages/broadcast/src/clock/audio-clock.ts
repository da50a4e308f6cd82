import { MILLISECONDS, type Millis, rescale, type Ticks, type Timescale, ticks } from '@sluice/core'

/** What the audio clock says of one packet. */
export type AudioTiming =
  /** The packet begins at `at`. `jumped` is true when that is not where the last one ended. */
  | { readonly type: 'at'; readonly at: Ticks; readonly jumped: boolean }
  /** More samples arrived than time passed: leave this packet out to stay in sync. */
  | { readonly type: 'drop' }

/** Smoothed error beyond which the sample count is corrected towards the timestamps, in milliseconds. */
const DRIFT_LIMIT = 30
/** An error beyond this is no drift but missing or extra audio, in milliseconds. */
const GAP_LIMIT = 100
/** Weight of the newest error in the running mean: about a second of 44.1 kHz AAC. */
const SMOOTHING = 1 / 40

/**
 * Exact audio time from the sample count. RTMP's timestamps are rounded to milliseconds, so they only
 * steer: a lasting deviation (a sender whose sound card and clock disagree) or a hole moves the count, and
 * nothing else does.
 */
export class AudioClock {
  readonly #timescale: Timescale
  readonly #samplesPerPacket: number
  #next: number | undefined
  #error = 0

  /**
   * @param timescale - the track's sample rate.
   * @param samplesPerPacket - samples in each packet.
   */
  constructor(timescale: Timescale, samplesPerPacket: number) {
    this.#timescale = timescale
    this.#samplesPerPacket = samplesPerPacket
  }

  /** @param timestamp - the packet's repaired media time. */
  place(timestamp: Millis): AudioTiming {
    const stated = rescale(timestamp, MILLISECONDS, this.#timescale)
    if (this.#next === undefined) return this.#restart(stated)

    const error = stated - this.#next
    const perMilli = this.#timescale / 1000
    if (error > GAP_LIMIT * perMilli) return this.#restart(stated)
    if (error < -GAP_LIMIT * perMilli) return { type: 'drop' }

    this.#error += (error - this.#error) * SMOOTHING
    if (this.#error > DRIFT_LIMIT * perMilli) return this.#restart(Math.round(this.#next + this.#error))
    if (this.#error < -DRIFT_LIMIT * perMilli) {
      this.#error += this.#samplesPerPacket
      return { type: 'drop' }
    }
    const at = this.#next
    this.#next = at + this.#samplesPerPacket
    return { type: 'at', at: ticks(at), jumped: false }
  }

  #restart(at: number): AudioTiming {
    this.#next = at + this.#samplesPerPacket
    this.#error = 0
    return { type: 'at', at: ticks(at), jumped: true }
  }
}
