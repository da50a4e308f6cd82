import type { StreamEntry } from '../entry.ts'

/** What a worker asks an ingest for. */
export interface FeedRequest {
  readonly broadcast: string
  /** The bearer token of the worker's job. */
  readonly token: string
  readonly epoch: number
  /** Number of the boundary to begin at; the oldest one still held where that has left. */
  readonly from: number
}

/**
 * A feed as its reader sees it: entries in order, as many at a time as there are. Over behind the end entry; without
 * that it was cut off.
 */
export type Feed = AsyncIterable<readonly StreamEntry[]>
