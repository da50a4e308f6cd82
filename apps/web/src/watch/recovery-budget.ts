/**
 * Decides whether a fatal error is worth a repair in place: once per kind and interval. A second error of the
 * same kind soon after says that the repair did not help, and the player should be made anew.
 */
export class RecoveryBudget {
  readonly #interval: number
  readonly #spent = new Map<string, number>()

  /** @param interval - milliseconds after which a repair of the same kind is tried again. */
  constructor(interval: number) {
    this.#interval = interval
  }

  /**
   * Takes one repair from the budget.
   *
   * @param now - milliseconds; must not go back between calls.
   * @returns false when a repair of this kind was taken less than the interval ago.
   */
  take(kind: string, now: number): boolean {
    const last = this.#spent.get(kind)
    if (last !== undefined && now - last < this.#interval) return false
    this.#spent.set(kind, now)
    return true
  }
}
