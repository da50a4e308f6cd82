import { DependencyError } from '@sluice/core'
import type { TimelineEvent } from '@sluice/manifest'

export interface TimelineAppenderOptions {
  /** Appends to the log, in the order of the calls; waits while Redis is away. */
  readonly append: (events: readonly TimelineEvent[]) => Promise<void>
  /** The log refuses this epoch, or too much waits for Redis: the job must stop. Called once. */
  readonly failed: (error: unknown) => void
}

/** Events that may wait while Redis is away: about an hour of an ordinary ladder. */
const BACKLOG_LIMIT = 200_000

/** Pushes events to the timeline log without making media wait for Redis. */
export class TimelineAppender {
  readonly #options: TimelineAppenderOptions
  #last: Promise<void> = Promise.resolve()
  #waiting = 0
  #closed = false

  constructor(options: TimelineAppenderOptions) {
    this.#options = options
  }

  /** Calls whose events are not in the log yet. */
  get waiting(): number {
    return this.#waiting
  }

  /** Events of one call reach readers together. */
  push(...events: readonly TimelineEvent[]): void {
    if (this.#closed) return
    if (this.#waiting >= BACKLOG_LIMIT) {
      this.#fail(
        new DependencyError(
          'worker.timeline.backlog_full',
          `${BACKLOG_LIMIT} timeline events wait for Redis: the broadcast cannot go on without it`,
        ),
      )
      return
    }
    this.#waiting += 1
    this.#last = this.#options.append(events).then(
      () => {
        this.#waiting -= 1
      },
      (error: unknown) => this.#fail(error),
    )
  }

  /** Resolves when everything pushed so far is in the log, or the appender has failed. */
  flushed(): Promise<void> {
    return this.#last
  }

  /** Takes nothing more: the job was told to stop. */
  close(): void {
    this.#closed = true
  }

  #fail(error: unknown): void {
    if (this.#closed) return
    this.#closed = true
    this.#options.failed(error)
  }
}
