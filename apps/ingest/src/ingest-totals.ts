import type { ClockCounters } from '@sluice/broadcast'
import type { MediaTotals } from './live-stream.ts'

/** What has happened in one broadcast, or in all of them. */
export interface StreamTotals extends Readonly<MediaTotals>, Readonly<ClockCounters> {
  /** Players that were disconnected because they did not keep up. */
  readonly playersTooSlow: number
}

const NOTHING: StreamTotals = {
  bytes: 0,
  videoFrames: 0,
  audioPackets: 0,
  wraps: 0,
  jumps: 0,
  rollbacks: 0,
  nonMonotonic: 0,
  gaps: 0,
  audioDropped: 0,
  videoBeforeKeyframe: 0,
  audioJumps: 0,
  dataDropped: 0,
  furtherDropped: 0,
  playersTooSlow: 0,
}

/** What has happened at an ingest, beside what its streams on air know themselves. */
export class IngestTotals {
  /** Publishes that were accepted. */
  publishes = 0
  /** Publishes and logins that were refused, by code. */
  readonly refusals: Map<string, number> = new Map()
  #ended = NOTHING

  refused(code: string): void {
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1)
  }

  /** A broadcast is over: what happened in it counts on. */
  retire(totals: StreamTotals): void {
    this.#ended = sum(this.#ended, totals)
  }

  /** All broadcasts together: never less than before. */
  ofAll(onAir: Iterable<StreamTotals>): StreamTotals {
    let all = this.#ended
    for (const totals of onAir) all = sum(all, totals)
    return all
  }
}

function sum(a: StreamTotals, b: StreamTotals): StreamTotals {
  const keys = Object.keys(NOTHING) as (keyof StreamTotals)[]
  return Object.fromEntries(keys.map((key) => [key, a[key] + b[key]])) as Record<keyof StreamTotals, number>
}
