/**
 * Counts received bytes and says when they are to be acknowledged: one acknowledgement after each window.
 *
 * @see Adobe RTMP 1.0 §5.4.3, §5.4.4
 */
export class ReceiveWindow {
  #size: number
  #received = 0
  #acknowledged = 0

  /** @param size - bytes, until the peer names its own window. */
  constructor(size: number) {
    this.#size = size
  }

  /** Applies the peer's Window Acknowledgement Size. 0 asks for no acknowledgements. */
  setSize(size: number): void {
    this.#size = size
  }

  count(bytes: number): void {
    this.#received += bytes
  }

  /** The sequence number to acknowledge now (bytes modulo 2³²), or undefined when nothing is due. */
  takeDue(): number | undefined {
    if (this.#size === 0 || this.#received - this.#acknowledged < this.#size) return undefined
    this.#acknowledged = this.#received
    return this.#received % 2 ** 32
  }
}
