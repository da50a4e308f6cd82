import { ProtocolError } from '@sluice/core'

const WINDOW_MILLIS = 1000

/** Counts what asks for an answer or wastes what was reserved for it, second by second of the caller's clock. */
export class CommandRate {
  readonly #limit: number
  #start = Number.NEGATIVE_INFINITY
  #count = 0

  /** @param limit - how many in one second. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /**
   * @param now - milliseconds; a clock that was set back begins a new second.
   * @throws {ProtocolError} `rtmp.session.command_rate`.
   */
  count(now: number): void {
    if (now < this.#start || now >= this.#start + WINDOW_MILLIS) {
      this.#start = now
      this.#count = 0
    }
    this.#count += 1
    if (this.#count <= this.#limit) return
    throw new ProtocolError(
      'rtmp.session.command_rate',
      `more than ${this.#limit} commands or broken messages in a second`,
      {
        details: { limit: this.#limit },
      },
    )
  }
}
