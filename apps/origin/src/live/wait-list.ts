/** How a wait ended. `full` means it never began: too many wait already. */
export type WaitOutcome<T> =
  | { readonly type: 'ready'; readonly value: T }
  | { readonly type: 'timeout' | 'cancelled' | 'full' }

/** Counts waiting requests over all broadcasts, up to a limit. */
export class WaitingRoom {
  readonly #limit: number
  #waiting = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get waiting(): number {
    return this.#waiting
  }

  /** @returns false when it is full. */
  enter(): boolean {
    if (this.#waiting >= this.#limit) return false
    this.#waiting += 1
    return true
  }

  leave(): void {
    this.#waiting -= 1
  }
}

interface Waiter {
  /** Returns true when the wait is over. */
  readonly look: () => boolean
  readonly cancel: () => void
}

/** Requests that wait until something that changes is as they want it. */
export class WaitList {
  readonly #room: WaitingRoom
  readonly #waiters = new Set<Waiter>()
  #closed = false

  constructor(room: WaitingRoom) {
    this.#room = room
  }

  /** True while somebody waits. */
  get busy(): boolean {
    return this.#waiters.size > 0
  }

  /**
   * Waits until `look` gives something other than undefined. It is called at once, and then after each change.
   *
   * @param signal - ends the wait early: the viewer has gone.
   */
  wait<T>(look: () => T | undefined, millis: number, signal: AbortSignal): Promise<WaitOutcome<T>> {
    const now = look()
    if (now !== undefined) return Promise.resolve({ type: 'ready', value: now })
    if (this.#closed || signal.aborted) return Promise.resolve({ type: 'cancelled' })
    if (!this.#room.enter()) return Promise.resolve({ type: 'full' })
    return new Promise((resolve) => {
      const finish = (outcome: WaitOutcome<T>): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', cancel)
        this.#waiters.delete(waiter)
        this.#room.leave()
        resolve(outcome)
      }
      const cancel = (): void => finish({ type: 'cancelled' })
      const waiter: Waiter = {
        look: () => {
          const value = look()
          if (value === undefined) return false
          finish({ type: 'ready', value })
          return true
        },
        cancel,
      }
      const timer = setTimeout(() => finish({ type: 'timeout' }), millis)
      signal.addEventListener('abort', cancel, { once: true })
      this.#waiters.add(waiter)
    })
  }

  /** Something changed: everybody looks again. */
  changed(): void {
    for (const waiter of this.#waiters) waiter.look()
  }

  /** Ends all waits, and every later one at once. */
  close(): void {
    this.#closed = true
    for (const waiter of this.#waiters) waiter.cancel()
  }
}
