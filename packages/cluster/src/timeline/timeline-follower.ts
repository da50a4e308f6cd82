import { errorMessage } from '@sluice/core'
import type { TimelineEvent } from '@sluice/manifest'
import type { Redis } from 'ioredis'
import { keys } from '../keys.ts'
import { redisError } from '../redis/errors.ts'
import type { ClusterLog } from '../redis/log.ts'
import type { Subscriber } from '../redis/subscriber.ts'
import { FIRST_ID, isAfter, parsePublication, parseRange, type TimelineEntry } from './entries.ts'

/** Follows the timeline logs of any number of broadcasts. */
export class TimelineFollower {
  readonly #redis: Redis
  readonly #subscriber: Subscriber
  readonly #log: ClusterLog

  /** @param redis - a connection that waits while Redis is away. */
  constructor(redis: Redis, subscriber: Subscriber, log: ClusterLog) {
    this.#redis = redis
    this.#subscriber = subscriber
    this.#log = log
  }

  /**
   * Gives every event of a broadcast's timeline, in order and once: first what the log holds (the newest parts, segments of
   * the window, all other events from the start), then each append as it happens. Goes on over
   * losses of the connection without a gap, except for parts and segments that are not kept any more.
   *
   * @param onEvents - called synchronously, with at least one event; must not throw.
   * @returns when what the log held has been given; a broadcast without a log is waited for silently.
   * @throws {DependencyError} `cluster.redis.…` when it cannot begin.
   */
  async follow(
    broadcast: string,
    onEvents: (events: readonly TimelineEvent[]) => void,
  ): Promise<{ stop(): Promise<void> }> {
    const position = new Position(this.#redis, broadcast, onEvents)
    const catchUp = (): void => {
      position.catchUp().catch((error: unknown) => {
        this.#log.warn({ broadcast, err: error }, `a timeline cannot be followed: ${errorMessage(error)}`)
      })
    }
    // First subscribe, then read: an append in between is seen twice and given once.
    const unsubscribe = await this.#subscriber.listen(keys.timelineChannel(broadcast), {
      onMessage: (message) => {
        if (!position.advance(message)) catchUp()
      },
      onResubscribed: catchUp,
    })
    const stop = async (): Promise<void> => {
      position.stop()
      await unsubscribe()
    }
    try {
      await position.catchUp()
    } catch (error) {
      await stop()
      throw error
    }
    return { stop }
  }
}

/** How far one follower has read. */
class Position {
  readonly #redis: Redis
  readonly #broadcast: string
  readonly #onEvents: (events: readonly TimelineEvent[]) => void
  #last = FIRST_ID
  #reading: Promise<void> | undefined
  /** Something was published while the log was being read: read once more. */
  #readAgain = false
  #stopped = false

  constructor(redis: Redis, broadcast: string, onEvents: (events: readonly TimelineEvent[]) => void) {
    this.#redis = redis
    this.#broadcast = broadcast
    this.#onEvents = onEvents
  }

  stop(): void {
    this.#stopped = true
  }

  /** Takes a publication if it continues where this follower is; false asks for {@link catchUp}. */
  advance(message: string): boolean {
    if (this.#stopped) return true
    if (this.#reading !== undefined) return false
    const { previous, entries } = parsePublication(message)
    if (isAfter(previous, this.#last)) return false
    this.#give(entries)
    return true
  }

  /** Reads the log from this follower's position to its end. Calls while it reads share its result. */
  catchUp(): Promise<void> {
    this.#readAgain = this.#reading !== undefined
    this.#reading ??= this.#readToEnd()
    return this.#reading
  }

  async #readToEnd(): Promise<void> {
    try {
      do {
        this.#readAgain = false
        this.#give(await this.#read())
      } while (this.#readAgain && !this.#stopped)
    } finally {
      // In the same step as the loop's last look at #readAgain: no request gets lost in between.
      this.#reading = undefined
    }
  }

  async #read(): Promise<TimelineEntry[]> {
    const from = `(${this.#last}`
    // All in one transaction: between them an append could put a mark before an entry already read.
    const replies = await this.#redis
      .multi()
      .xrange(keys.timelineMarks(this.#broadcast), from, '+')
      .xrange(keys.timelineSegments(this.#broadcast), from, '+')
      .xrange(keys.timeline(this.#broadcast), from, '+')
      .exec()
      .catch((error: unknown) => {
        throw redisError(error)
      })
    const [marks = [], segments = [], log = []] = (replies ?? []).map(([error, rows]) => {
      if (error !== null) throw redisError(error)
      return parseRange(rows as [string, string[]][])
    })
    return [...merge(marks, segments, log[0]?.id), ...log]
  }

  #give(entries: readonly TimelineEntry[]): void {
    const fresh = entries.filter(({ id }) => isAfter(id, this.#last))
    const last = fresh.at(-1)
    if (last === undefined || this.#stopped) return
    this.#last = last.id
    this.#onEvents(fresh.map(({ event }) => event))
  }
}

/** Both in order, as far as they lie before the entry `end`. */
function merge(
  marks: readonly TimelineEntry[],
  segments: readonly TimelineEntry[],
  end: string | undefined,
): TimelineEntry[] {
  const isBefore = ({ id }: TimelineEntry): boolean => end === undefined || isAfter(end, id)
  return [...marks.filter(isBefore), ...segments.filter(isBefore)].sort((a, b) =>
    isAfter(a.id, b.id) ? 1 : -1,
  )
}
