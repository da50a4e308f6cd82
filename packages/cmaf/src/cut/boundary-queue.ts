import { StateError } from '@sluice/core'
import type { Boundary } from '@sluice/media'

/** The boundary that a segment begins at, and those passed over on the way to it. */
export interface PassedBoundaries {
  readonly boundary: Boundary
  /** True when this boundary or one passed over is a discontinuity. */
  readonly discontinuity: boolean
  /** Numbers of the boundaries passed over, rising. */
  readonly skipped: readonly number[]
}

/** Boundaries that have been announced and not reached, each with what the cutter needs to tell that it is. */
export class BoundaryQueue<T extends { readonly boundary: Boundary }> {
  readonly #pending: T[] = []
  #last: Boundary | undefined

  /** The latest boundary not reached yet. */
  get last(): T | undefined {
    return this.#pending.at(-1)
  }

  /**
   * Adds a boundary.
   *
   * @throws {StateError} `cmaf.cut.boundary_order` when its number or its time is not above the one before.
   */
  push(entry: T): void {
    const { boundary } = entry
    const last = this.#last
    if (last !== undefined && (boundary.number <= last.number || boundary.time <= last.time)) {
      throw new StateError(
        'cmaf.cut.boundary_order',
        `boundary ${boundary.number} at ${boundary.time} ms after ${last.number} at ${last.time} ms`,
        { details: { number: boundary.number, time: boundary.time } },
      )
    }
    this.#last = boundary
    this.#pending.push(entry)
  }

  /**
   * Takes the last boundary that `isReached`, and all before it.
   *
   * @returns undefined when none is reached.
   */
  take(isReached: (entry: T) => boolean): PassedBoundaries | undefined {
    const index = this.#pending.findLastIndex(isReached)
    const boundary = this.#pending[index]?.boundary
    if (boundary === undefined) return undefined
    const passed = this.#pending.splice(0, index + 1)
    return {
      boundary,
      discontinuity: passed.some((each) => each.boundary.discontinuity),
      skipped: passed.slice(0, -1).map((each) => each.boundary.number),
    }
  }

  /** Takes all that are left, when nothing will reach them any more: their numbers. */
  takeRest(): number[] {
    return this.#pending.splice(0).map((each) => each.boundary.number)
  }
}
