import type { EpochMillis } from '@sluice/core'
import type { TimelineEvent } from '@sluice/manifest'

/** What an origin needs to know of a broadcast. */
export interface CurrentBroadcast {
  readonly id: string
  /** Undefined while it is live or waits for its publisher. */
  readonly endedAt: EpochMillis | undefined
}

/** Where an origin learns of broadcasts and their timelines. */
export interface TimelineSource {
  /**
   * The stream's live broadcast, or the latest ended one while it is kept; undefined where there is none.
   *
   * @throws {DependencyError} when the source does not answer.
   */
  current(stream: string): Promise<CurrentBroadcast | undefined>
  /**
   * Gives every event of a broadcast in order: first what there is, then, until stopped, what comes.
   *
   * @returns when what there is has been given.
   */
  follow(
    broadcast: string,
    onEvents: (events: readonly TimelineEvent[]) => void,
  ): Promise<{ stop(): Promise<void> }>
  /** @throws {DependencyError} when the source does not answer now. */
  check(): Promise<void>
}
