/**
 * Which streams have series of their own: a bounded number, the same ones from one look to the next for as long as they are on air.
 */
export class StreamLabels {
  readonly #limit: number
  #before: ReadonlySet<string> = new Set()
  #admitted = new Set<string>()
  #leftOut = new Set<string>()
  /** Those of this look and, until it is over, of the one before. */
  #places = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Streams that were refused in this look. */
  get leftOut(): number {
    return this.#leftOut.size
  }

  /** A look begins: streams that the last one did not meet lose their places when this one is over. */
  begin(): void {
    this.#before = this.#admitted
    this.#admitted = new Set()
    this.#leftOut = new Set()
    this.#places = this.#before.size
  }

  /** @returns whether the stream has series of its own in this look; the same however often it is asked. */
  admit(stream: string): boolean {
    if (this.#admitted.has(stream)) return true
    const hasPlace = this.#before.has(stream)
    if (!hasPlace && this.#places >= this.#limit) {
      this.#leftOut.add(stream)
      return false
    }
    if (!hasPlace) this.#places += 1
    this.#admitted.add(stream)
    return true
  }
}
