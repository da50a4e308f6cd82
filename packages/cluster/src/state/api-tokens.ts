import type { Redis } from 'ioredis'
import { keys } from '../keys.ts'
import { reply } from '../redis/errors.ts'
import { digestOf, newSecret, sameDigest } from '../secrets.ts'

/** The token given by configuration, and the one that was made when there was none. */
const CONFIGURED = 'configured'
const FIRST = 'first'

/** Operator tokens of the API. Redis holds digests of them. */
export class ApiTokens {
  readonly #redis: Redis

  constructor(redis: Redis) {
    this.#redis = redis
  }

  /**
   * Sees to it that there is a token.
   *
   * @param given.configured - the operator's own choice; it alone is valid then, besides the first one made.
   * @param given.kept - the first token as it was kept outside Redis; made valid again should Redis have forgotten it.
   * @returns `token` when it was made now: tell the operator, it cannot be told again.
   */
  async ensureFirst(given: {
    readonly configured: string | undefined
    readonly kept: string | undefined
  }): Promise<{ readonly token?: string }> {
    if (given.configured !== undefined) {
      await reply(this.#redis.hset(keys.apiTokens, CONFIGURED, digestOf(given.configured)))
      return {}
    }
    await reply(this.#redis.hdel(keys.apiTokens, CONFIGURED))
    if (given.kept !== undefined) {
      await reply(this.#redis.hset(keys.apiTokens, FIRST, digestOf(given.kept)))
      return {}
    }
    const token = newSecret()
    const made = await reply(this.#redis.hsetnx(keys.apiTokens, FIRST, digestOf(token)))
    return made === 1 ? { token } : {}
  }

  /** True for a valid token. */
  async verify(token: string): Promise<boolean> {
    const digest = digestOf(token)
    const valid = await reply(this.#redis.hvals(keys.apiTokens))
    // All are compared, so that the time tells nothing about which matches.
    return valid.map((each) => sameDigest(each, digest)).includes(true)
  }
}
