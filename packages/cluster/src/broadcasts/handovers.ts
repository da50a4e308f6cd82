import { type EpochMillis, epochMillis, type Millis, millis } from '@sluice/core'
import type { Redis } from 'ioredis'
import { keys } from '../keys.ts'
import { reply } from '../redis/errors.ts'
import { Script } from '../redis/script.ts'

/** How far a broadcast has come at the ingest that it leaves. */
export interface BroadcastPosition {
  /** Wall-clock time of media time 0. */
  readonly startedAt: EpochMillis
  /** Number of the next boundary. */
  readonly segment: number
  /** The latest time that anything had. */
  readonly latest: Millis
}

/** A broadcast that leaves its ingest. */
export interface Departure {
  readonly broadcast: string
  /** Where an ingest may go on; undefined while its publisher is still at the old one, and when it was waited for long enough. */
  readonly position: BroadcastPosition | undefined
}

/** Where the feed of a broadcast is. */
export interface FeedPlace {
  readonly url: string
  /** The bearer token that its readers show: no two feeds have the same. */
  readonly token: string
}

/** What a worker whose feed is over has to know. */
export interface Whereabouts {
  /** It was left where it was, and still waits for its publisher. */
  readonly isLeft: boolean
  /** Where its feed went; undefined while it is where the first job said. */
  readonly feed: FeedPlace | undefined
}

// KEYS: broadcast. Ended ones stay as they are.
const ANNOUNCE = new Script(`
  if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('HEXISTS', KEYS[1], 'endedAt') == 1 then return 0 end
  redis.call('HSET', KEYS[1], 'leaving', '1')
  return 1
`)

// KEYS: broadcast, its position. ARGV: position, patience in ms.
const LEAVE = new Script(`
  if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('HEXISTS', KEYS[1], 'endedAt') == 1 then return 0 end
  redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
  return 1
`)

// KEYS: broadcast, its position. ARGV: feed. Who has taken it may ask again.
const TAKE = new Script(`
  if redis.call('HEXISTS', KEYS[1], 'endedAt') == 1 then return 0 end
  if redis.call('DEL', KEYS[2]) == 0 and redis.call('HGET', KEYS[1], 'feed') ~= ARGV[1] then return 0 end
  redis.call('HDEL', KEYS[1], 'leaving')
  redis.call('HSET', KEYS[1], 'feed', ARGV[1])
  return 1
`)

/**
 * Broadcasts that go from an ingest that stops to another one, or to its successor. In order: the old one announces it, records
 * where it left off when the publisher is gone, the new one takes it, and the worker asks where its feed is now. Where
 * nobody takes it, Redis forgets where it was left, and the worker ends it.
 */
export class Handovers {
  readonly #redis: Redis

  constructor(redis: Redis) {
    this.#redis = redis
  }

  /** The ingest stops: the publisher will go. Nothing happens to a broadcast that has ended. */
  async announce(broadcast: string): Promise<void> {
    await ANNOUNCE.run(this.#redis, [keys.broadcast(broadcast)], [])
  }

  /**
   * It has gone. Nothing happens to a broadcast that has ended.
   *
   * @param patience - how long the broadcast waits for its publisher, from 1 ms.
   */
  async leave(broadcast: string, position: BroadcastPosition, patience: Millis): Promise<void> {
    const places = [keys.broadcast(broadcast), keys.position(broadcast)]
    await LEAVE.run(this.#redis, places, [JSON.stringify(position), patience])
  }

  /** The broadcast of a stream that leaves its ingest or has left it; undefined where none does. */
  async departureOf(stream: string): Promise<Departure | undefined> {
    const broadcast = await reply(this.#redis.get(keys.current(stream)))
    if (broadcast === null) return undefined
    const [endedAt, leaving] = await reply(this.#redis.hmget(keys.broadcast(broadcast), 'endedAt', 'leaving'))
    if (typeof endedAt === 'string' || typeof leaving !== 'string') return undefined
    const position = await reply(this.#redis.get(keys.position(broadcast)))
    return { broadcast, position: position === null ? undefined : readPosition(position) }
  }

  /**
   * Goes on with a broadcast that has left its ingest: its feed is here from now on.
   *
   * @returns false where it has ended meanwhile, or another ingest has it.
   */
  async take(broadcast: string, feed: FeedPlace): Promise<boolean> {
    const places = [keys.broadcast(broadcast), keys.position(broadcast)]
    return (await TAKE.run(this.#redis, places, [JSON.stringify(feed)])) === 1
  }

  /** Where a broadcast is now. */
  async whereabouts(broadcast: string): Promise<Whereabouts> {
    // In this order: what is taken between the two is found where it went.
    const isLeft = (await reply(this.#redis.exists(keys.position(broadcast)))) === 1
    const feed = await reply(this.#redis.hget(keys.broadcast(broadcast), 'feed'))
    return { isLeft, feed: feed === null ? undefined : readFeed(feed) }
  }
}

function readPosition(text: string): BroadcastPosition {
  const { startedAt, segment, latest } = JSON.parse(text)
  return { startedAt: epochMillis(startedAt), segment, latest: millis(latest) }
}

function readFeed(text: string): FeedPlace {
  const { url, token } = JSON.parse(text)
  return { url, token }
}
