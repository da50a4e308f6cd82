import type { Redis } from 'ioredis'
import { keys } from '../keys.ts'
import { reply } from '../redis/errors.ts'
import { Script } from '../redis/script.ts'

/** The answer to {@link PublishLease.acquire}. */
export type LeaseAnswer =
  | { readonly acquired: true }
  /** `holder` is the session that publishes now. */
  | { readonly acquired: false; readonly holder: string }

// KEYS: lease. ARGV: session, time to live in ms.
const ACQUIRE = new Script(`
  local holder = redis.call('GET', KEYS[1])
  if holder and holder ~= ARGV[1] then return holder end
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return false
`)

const RELEASE = new Script(`
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  return redis.call('DEL', KEYS[1])
`)

/**
 * Sees to it that a stream is published by one session at a time, over all ingests. The session takes its
 * lease again well within the time to live; the lease of an ingest that died runs out.
 */
export class PublishLease {
  readonly #redis: Redis

  constructor(redis: Redis) {
    this.#redis = redis
  }

  /** Takes the lease, or takes it again, if it is free or this session's already. */
  async acquire(stream: string, sessionId: string, ttlMillis: number): Promise<LeaseAnswer> {
    const holder = await ACQUIRE.run(this.#redis, [keys.lease(stream)], [sessionId, ttlMillis])
    return typeof holder === 'string' ? { acquired: false, holder } : { acquired: true }
  }

  /** The session that publishes now; undefined where the stream is free. */
  async holder(stream: string): Promise<string | undefined> {
    return (await reply(this.#redis.get(keys.lease(stream)))) ?? undefined
  }

  /** Gives the lease back; does nothing when it is not this session's. */
  async release(stream: string, sessionId: string): Promise<void> {
    await RELEASE.run(this.#redis, [keys.lease(stream)], [sessionId])
  }
}
