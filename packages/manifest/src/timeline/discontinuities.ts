/** The segments at which media does not continue what came before, for all renditions alike. */
export class Discontinuities {
  readonly #segments: number[] = []

  /** The latest one, -1 before there is any. */
  get last(): number {
    return this.#segments.at(-1) ?? -1
  }

  /** Adds one behind all others. */
  add(segment: number): void {
    this.#segments.push(segment)
  }

  /** How many there are up to and with the start of `segment`: its discontinuity sequence number. */
  sequenceOf(segment: number): number {
    let count = this.#segments.length
    while (count > 0 && (this.#segments[count - 1] ?? 0) > segment) count--
    return count
  }
}
