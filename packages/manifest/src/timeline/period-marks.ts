import type { Ticks, Timescale } from '@sluice/core'
import type { PeriodSnapshot } from './snapshot.ts'

/** A moment on the media timeline. */
export interface MediaTime {
  readonly time: Ticks
  readonly timescale: Timescale
}

interface Mark {
  readonly segment: number
  readonly continuous: boolean
  readonly start: MediaTime | undefined
}

/**
 * The segment numbers at which a new DASH Period begins, and when. A mark without a start is known by
 * number alone; what follows it is not listed before its start is known, so that no Period@start ever moves.
 */
export class PeriodMarks {
  #marks: readonly Mark[] = []
  #periods: readonly PeriodSnapshot[] | undefined

  /** True when no period begins at or before this segment. */
  precedes(segment: number): boolean {
    const first = this.#marks[0]
    return first === undefined || segment < first.segment
  }

  /** Number of the first segment of the period that holds `segment`, undefined before the first period. */
  periodOf(segment: number): number | undefined {
    return this.#marks.findLast((mark) => mark.segment <= segment)?.segment
  }

  /** Lets a period begin at a segment. A second mark at the same number can only make it a break. */
  add(segment: number, continuous: boolean, start: MediaTime | undefined): void {
    const known = this.#marks.find((mark) => mark.segment === segment)
    const mark: Mark = {
      segment,
      continuous: continuous && (known?.continuous ?? true),
      start: known?.start ?? start,
    }
    this.#replace([...this.#marks.filter((other) => other !== known), mark])
  }

  /**
   * Tells when a segment begins: the start of the period that holds it, where that has none yet. It is the
   * period's first segment, or the first that is left of it for a reader who came late.
   */
  resolve(segment: number, start: MediaTime): void {
    const known = this.#marks.findLast((mark) => mark.segment <= segment)
    if (known === undefined || known.start !== undefined) return
    this.#replace([...this.#marks.filter((other) => other !== known), { ...known, start }])
  }

  /** Forgets the periods that end at or before the oldest segment still listed. */
  retire(oldest: number): void {
    const keep = this.#marks.findLastIndex((mark) => mark.segment <= oldest)
    if (keep > 0) this.#replace(this.#marks.slice(keep))
  }

  /** The periods whose start is known, up to the first whose start is not. */
  list(): readonly PeriodSnapshot[] {
    if (this.#periods !== undefined) return this.#periods
    const periods: PeriodSnapshot[] = []
    for (const [index, mark] of this.#marks.entries()) {
      if (mark.start === undefined) break
      periods.push({
        segment: mark.segment,
        endSegment: this.#marks[index + 1]?.segment,
        start: mark.start.time,
        timescale: mark.start.timescale,
        continuous: mark.continuous,
      })
    }
    this.#periods = periods
    return periods
  }

  #replace(marks: readonly Mark[]): void {
    this.#marks = marks.toSorted((a, b) => a.segment - b.segment)
    this.#periods = undefined
  }
}
