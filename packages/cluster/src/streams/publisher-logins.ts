import { UnsupportedError } from '@sluice/core'
import type { Redis } from 'ioredis'
import { keys } from '../keys.ts'
import { reply } from '../redis/errors.ts'
import { Script } from '../redis/script.ts'
import { newSecret } from '../secrets.ts'

/** What a password is checked with. Made and read by those who speak the protocol; as good as the password itself. */
export interface StoredSecrets {
  readonly salt: string
  readonly adobe: string
  readonly llnw: string
}

/** Who may publish a stream by user and password. */
export interface PublisherLogin {
  readonly user: string
  /** The one stream it may publish. */
  readonly stream: string
  readonly secrets: StoredSecrets
}

type StoredLogin = Omit<PublisherLogin, 'user'>

// KEYS: streams, publisher logins. ARGV: stream, user, login.
const SET = new Script(`
  local existing = redis.call('HGET', KEYS[1], ARGV[1])
  if not existing then return 'unknown' end
  local login = redis.call('HGET', KEYS[2], ARGV[2])
  if login and cjson.decode(login).stream ~= ARGV[1] then return 'taken' end
  local record = cjson.decode(existing)
  if record.publisher then redis.call('HDEL', KEYS[2], record.publisher) end
  record.publisher = ARGV[2]
  redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(record))
  redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
  return 'set'
`)

// KEYS: streams, publisher logins. ARGV: stream.
const REMOVE = new Script(`
  local existing = redis.call('HGET', KEYS[1], ARGV[1])
  if not existing then return 0 end
  local record = cjson.decode(existing)
  if not record.publisher then return 0 end
  redis.call('HDEL', KEYS[2], record.publisher)
  record.publisher = nil
  redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(record))
  return 1
`)

// KEYS: key of challenges. ARGV: a new one for where there is none.
const CHALLENGE_KEY = new Script(`
  redis.call('SETNX', KEYS[1], ARGV[1])
  return redis.call('GET', KEYS[1])
`)

/**
 * Users who may publish one stream each, what their passwords are checked with, and what ingests share to check them: the
 * key of the challenges, and which of these were answered. The secrets lie apart from the streams' records, and no API gives
 * them back (docs/adr/0018).
 */
export class PublisherLogins {
  readonly #redis: Redis

  constructor(redis: Redis) {
    this.#redis = redis
  }

  /**
   * Lets a user publish a stream, in place of the user it had.
   *
   * @returns false when there is no such stream.
   * @throws {UnsupportedError} `cluster.login.user_taken`: the user publishes another stream.
   */
  async set({ user, stream, secrets }: PublisherLogin): Promise<boolean> {
    const stored: StoredLogin = { stream, secrets }
    const hashes = [keys.streams, keys.publisherLogins]
    const outcome = await SET.run(this.#redis, hashes, [stream, user, JSON.stringify(stored)])
    if (outcome === 'taken')
      throw new UnsupportedError(
        'cluster.login.user_taken',
        `the user ${user} publishes another stream: a user has one; choose another name`,
        { details: { field: 'user' } },
      )
    return outcome === 'set'
  }

  /** @returns false when the stream has no user, or is not there. */
  async remove(stream: string): Promise<boolean> {
    return (await REMOVE.run(this.#redis, [keys.streams, keys.publisherLogins], [stream])) === 1
  }

  /** Undefined when there is no such user. */
  async find(user: string): Promise<PublisherLogin | undefined> {
    const json = await reply(this.#redis.hget(keys.publisherLogins, user))
    return json === null ? undefined : { user, ...(JSON.parse(json) as StoredLogin) }
  }

  /** The key that seals challenges, one for all ingests; made when it is first asked for. */
  async challengeKey(): Promise<string> {
    return String(await CHALLENGE_KEY.run(this.#redis, [keys.loginKey], [newSecret()]))
  }

  /**
   * Notes that a challenge was answered rightly. Of challenges that were not, nothing is kept.
   *
   * @param seconds - for how long: at least until it expires.
   * @returns false when it had been answered before.
   */
  async answer(challenge: string, seconds: number): Promise<boolean> {
    return (
      (await reply(this.#redis.set(keys.answeredChallenge(challenge), '1', 'EX', seconds, 'NX'))) === 'OK'
    )
  }
}
