/** What a publisher may say beside its media in a second. Captions of every frame at 60 frames a second stay below. */
export const DATA_EVENTS_PER_SECOND = 100
export const DATA_BYTES_PER_SECOND = 262_144

const SECOND = 1_000

/** Counts data events, second by second. */
export class DataRate {
  #since: number | undefined
  #events = 0
  #bytes = 0

  /** @param now - milliseconds of any clock. @returns whether an event of so many bytes is within the limits; others do not count. */
  admit(bytes: number, now: number): boolean {
    if (this.#since === undefined || now - this.#since >= SECOND || now < this.#since) {
      this.#since = now
      this.#events = 0
      this.#bytes = 0
    }
    if (this.#events >= DATA_EVENTS_PER_SECOND || this.#bytes + bytes > DATA_BYTES_PER_SECOND) return false
    this.#events += 1
    this.#bytes += bytes
    return true
  }
}
