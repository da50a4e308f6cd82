import { performance } from 'node:perf_hooks'

/**
 * How a wait ended. `left`: the viewer has gone. `cancelled`: nothing will come any more. `full`: it never began, too many wait
 * already.
 */
export type WaitOutcome<T> =
  | { readonly type: 'ready'; readonly value: T }
  | { readonly type: 'timeout' | 'left' | 'cancelled' | 'full' }

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

/** Who waits and may leave before the end: an HTTP response, say. An AbortSignal for each would cost more than the wait. */
export interface Viewer {
  on(event: 'close', left: () => void): unknown
}

/** What is waited for. */
export interface Awaited<T> {
  /** Names it: the same `look` for all who give the same. */
  readonly what: string
  /** Undefined while it has to be waited for. Called at once, and then once after each change, however many wait. */
  readonly look: () => T | undefined
  /** How long a viewer waits at most. */
  readonly millis: number
}

/** Told how the wait of a viewer ended. */
export type Ended<T, V> = (viewer: V, outcome: WaitOutcome<T>) => void

/** Promises that are kept in one turn: what follows from each takes longer than all that is done here. */
const AT_A_TURN = 128

/** Requests that wait until something that changes is as they want it. */
export class WaitList {
  readonly #room: WaitingRoom
  readonly #groups = new Map<string, Group>()
  #closed = false

  constructor(room: WaitingRoom) {
    this.#room = room
  }

  /** True while somebody waits. */
  get busy(): boolean {
    return this.#groups.size > 0
  }

  /**
   * Waits until `look` gives something other than undefined.
   *
   * @param viewer - who ends the wait by leaving; waits for one thing at a time.
   */
  wait<T>(awaited: Awaited<T>, viewer: Viewer): Promise<WaitOutcome<T>> {
    return new Promise((resolve) => {
      const ended = (_: Viewer, outcome: WaitOutcome<unknown>): void => resolve(outcome as WaitOutcome<T>)
      const now = this.#add(awaited, viewer, { ended, isPromise: true })
      if (now !== undefined) resolve(now)
    })
  }

  /**
   * The same without a promise. Where all who wait give the same function, each costs an entry of a list, and all are told in one go.
   *
   * @param ended - takes some microseconds.
   * @returns how the wait ended, where it did so at once; undefined where `ended` will be called.
   */
  join<T, V extends Viewer>(awaited: Awaited<T>, viewer: V, ended: Ended<T, V>): WaitOutcome<T> | undefined {
    return this.#add(awaited, viewer, { ended: ended as Ended<unknown, Viewer>, isPromise: false })
  }

  #add<T>(
    { what, look, millis }: Awaited<T>,
    viewer: Viewer,
    waiter: Omit<Waiter, 'until'>,
  ): WaitOutcome<T> | undefined {
    const value = look()
    if (value !== undefined) return { type: 'ready', value }
    if (this.#closed) return { type: 'cancelled' }
    if (!this.#room.enter()) return { type: 'full' }
    const group = this.#groups.get(what) ?? this.#begin(what, look)
    group.add(viewer, { ...waiter, until: performance.now() + millis })
    return undefined
  }

  /** Something changed: everybody looks again. */
  changed(): void {
    for (const [what, group] of this.#groups) {
      const value = group.look()
      if (value === undefined) continue
      this.#groups.delete(what)
      group.endInTurns({ type: 'ready', value })
    }
  }

  /** Ends all waits, and every later one at once. */
  close(): void {
    this.#closed = true
    for (const group of this.#groups.values()) group.end({ type: 'cancelled' })
  }

  #begin(what: string, look: () => unknown): Group {
    const group: Group = new Group(look, this.#room, () => this.#forget(what, group))
    this.#groups.set(what, group)
    return group
  }

  #forget(what: string, group: Group): void {
    if (this.#groups.get(what) === group) this.#groups.delete(what)
  }
}

interface Waiter {
  /** By the monotonic clock, in milliseconds. */
  readonly until: number
  readonly ended: Ended<unknown, Viewer>
  readonly isPromise: boolean
}

/** Viewers that wait for the same thing: one timer and one listener are all of theirs. */
class Group {
  readonly look: () => unknown
  readonly #room: WaitingRoom
  readonly #emptied: () => void
  readonly #waiters = new Map<Viewer, Waiter>()
  readonly #left: (this: Viewer) => void
  #timer: NodeJS.Timeout | undefined

  constructor(look: () => unknown, room: WaitingRoom, emptied: () => void) {
    this.look = look
    this.#room = room
    this.#emptied = emptied
    const end = (viewer: Viewer): void => this.#end(viewer, { type: 'left' })
    this.#left = function left(): void {
      end(this)
    }
  }

  /** @param waiter - waits at least until those do who came before. */
  add(viewer: Viewer, waiter: Waiter): void {
    this.#waiters.set(viewer, waiter)
    viewer.on('close', this.#left)
    if (this.#timer === undefined) this.#expire()
  }

  /** Ends all waits. */
  end(outcome: WaitOutcome<unknown>): void {
    for (const viewer of this.#waiters.keys()) this.#end(viewer, outcome)
  }

  /** Ends all waits. With promises some, and others when these have been answered: whoever else wants something comes in between. */
  endInTurns(outcome: WaitOutcome<unknown>): void {
    let promises = 0
    for (const [viewer, { isPromise }] of this.#waiters) {
      if (isPromise) promises += 1
      if (promises > AT_A_TURN) {
        setImmediate(() => this.endInTurns(outcome))
        return
      }
      this.#end(viewer, outcome)
    }
  }

  #expire(): void {
    for (const [viewer, { until }] of this.#waiters) {
      const left = until - performance.now()
      if (left > 0) {
        this.#timer = setTimeout(() => this.#expire(), left)
        return
      }
      this.#end(viewer, { type: 'timeout' })
    }
  }

  #end(viewer: Viewer, outcome: WaitOutcome<unknown>): void {
    const waiter = this.#waiters.get(viewer)
    if (waiter === undefined) return
    this.#waiters.delete(viewer)
    if (this.#waiters.size === 0) {
      clearTimeout(this.#timer)
      this.#emptied()
    }
    this.#room.leave()
    waiter.ended(viewer, outcome)
  }
}
