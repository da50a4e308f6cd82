import { type EpochMillis, UnsupportedError } from '@sluice/core'
import type { Redis } from 'ioredis'
import { keys } from '../keys.ts'
import { reply } from '../redis/errors.ts'
import { Script } from '../redis/script.ts'
import { digestOf, newSecret } from '../secrets.ts'
import { type AddressRules, checkAddressRules } from './address-rules.ts'
import {
  checkSignedName,
  type PublishGrant,
  renderSignedName,
  type SignedName,
  type SignedNameFault,
} from './signed-name.ts'
import { checkStreamName, isStreamName } from './stream-name.ts'
import { publicRecord, type StoredRecord, type StreamRecord } from './stream-record.ts'
import { checkWindowSeconds } from './window-seconds.ts'

/** What an operator may decide of a stream at any time. What is not given stays as it is. */
export interface StreamChange {
  /** A list that is not given stays as it is. In force from the next publish on. */
  readonly publishFrom?: Partial<AddressRules>
  /** How far back viewers may seek, in seconds; 0: as far as the gateway says. In force from the next broadcast on. */
  readonly windowSeconds?: number
}

/** What an operator decides of a stream when making it. Lists that are not given are empty. */
export interface NewStream extends StreamChange {
  readonly name: string
  readonly profile: string
}

/** A stream and its new key, which is told only now: Redis holds a digest of it. */
export interface StreamWithKey {
  readonly record: StreamRecord
  readonly key: string
}

/** Whose name was signed, or what is wrong with it. */
export type SignedNameOwner =
  | { readonly type: 'found'; readonly record: StreamRecord }
  | { readonly type: 'refused'; readonly fault: SignedNameFault }

/** Bounds what open publishing and a runaway script can put into Redis. */
const MOST_STREAMS = 10_000

// KEYS: streams, stream keys. ARGV: name, record, key digest or '', most streams.
const CREATE = new Script(`
  local existing = redis.call('HGET', KEYS[1], ARGV[1])
  if existing then return existing end
  if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) then return 'full' end
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
  if ARGV[3] ~= '' then redis.call('HSET', KEYS[2], ARGV[3], ARGV[1]) end
  return false
`)

// KEYS: streams, stream keys, signing secrets, publisher logins. ARGV: name.
const REMOVE = new Script(`
  local existing = redis.call('HGET', KEYS[1], ARGV[1])
  if not existing then return 0 end
  local record = cjson.decode(existing)
  if record.keyDigest then redis.call('HDEL', KEYS[2], record.keyDigest) end
  if record.publisher then redis.call('HDEL', KEYS[4], record.publisher) end
  redis.call('HDEL', KEYS[1], ARGV[1])
  redis.call('HDEL', KEYS[3], ARGV[1])
  return 1
`)

// KEYS: streams, stream keys, signing secrets. ARGV: name, new key digest.
const ROTATE = new Script(`
  local existing = redis.call('HGET', KEYS[1], ARGV[1])
  if not existing then return false end
  local record = cjson.decode(existing)
  if record.keyDigest then redis.call('HDEL', KEYS[2], record.keyDigest) end
  record.keyDigest = ARGV[2]
  local json = cjson.encode(record)
  redis.call('HSET', KEYS[1], ARGV[1], json)
  redis.call('HSET', KEYS[2], ARGV[2], ARGV[1])
  redis.call('HDEL', KEYS[3], ARGV[1])
  return json
`)

// KEYS: streams. ARGV: name, then for each change its field and its value as JSON; '[]' and '0' are not kept.
const CHANGE = new Script(`
  local existing = redis.call('HGET', KEYS[1], ARGV[1])
  if not existing then return false end
  local record = cjson.decode(existing)
  for i = 2, #ARGV, 2 do
    local empty = ARGV[i + 1] == '[]' or ARGV[i + 1] == '0'
    if empty then record[ARGV[i]] = nil else record[ARGV[i]] = cjson.decode(ARGV[i + 1]) end
  end
  local json = cjson.encode(record)
  redis.call('HSET', KEYS[1], ARGV[1], json)
  return json
`)

// KEYS: streams, signing secrets. ARGV: name, a new secret for where there is none.
const SIGNING_SECRET = new Script(`
  if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return false end
  redis.call('HSETNX', KEYS[2], ARGV[1], ARGV[2])
  return redis.call('HGET', KEYS[2], ARGV[1])
`)

/**
 * The operator's streams, and what lets publishers in. A key finds its stream by digest; keys themselves are not stored.
 * The secret that signs a stream's publish names is stored as it is, away from the records, and leaves this class
 * only in signatures (docs/adr/0014).
 */
export class StreamRegistry {
  readonly #redis: Redis
  readonly #now: () => EpochMillis

  constructor(redis: Redis, now: () => EpochMillis) {
    this.#redis = redis
    this.#now = now
  }

  /**
   * @throws {ProtocolError} `cluster.stream.bad_name`, `cluster.stream.bad_window`; `cluster.stream.bad_address_range`,
   * `cluster.stream.too_many_address_ranges`
   * @throws {UnsupportedError} `cluster.stream.exists`, `cluster.stream.too_many`
   */
  async create(stream: NewStream): Promise<StreamWithKey> {
    const key = newSecret()
    const { record, existed } = await this.#create(stream, key)
    if (existed)
      throw new UnsupportedError('cluster.stream.exists', `there is a stream ${stream.name} already`, {
        details: { field: 'name' },
      })
    return { record, key }
  }

  /** The stream of this name; made without a key where there is none. Errors as {@link create}, save `exists`. */
  async ensureOpen(stream: { readonly name: string; readonly profile: string }): Promise<StreamRecord> {
    return (await this.#create(stream, undefined)).record
  }

  /** Undefined when there is no such stream. */
  async get(name: string): Promise<StreamRecord | undefined> {
    const json = await reply(this.#redis.hget(keys.streams, name))
    return json === null ? undefined : publicRecord(json)
  }

  /** All streams by name. */
  async list(): Promise<StreamRecord[]> {
    const records = (await reply(this.#redis.hvals(keys.streams))).map(publicRecord)
    return records.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** @returns false when there was no such stream. */
  async remove(name: string): Promise<boolean> {
    const hashes = [keys.streams, keys.streamKeys, keys.streamSigning, keys.publisherLogins]
    return (await REMOVE.run(this.#redis, hashes, [name])) === 1
  }

  /**
   * Makes a new key and forgets the old one, and with it the secret of all names signed so far. Undefined when there is
   * no such stream.
   */
  async rotateKey(name: string): Promise<StreamWithKey | undefined> {
    const key = newSecret()
    const hashes = [keys.streams, keys.streamKeys, keys.streamSigning]
    const json = await ROTATE.run(this.#redis, hashes, [name, digestOf(key)])
    return typeof json === 'string' ? { record: publicRecord(json), key } : undefined
  }

  /** The stream that a publisher with this key may publish. */
  async findByKey(key: string): Promise<StreamRecord | undefined> {
    const name = await reply(this.#redis.hget(keys.streamKeys, digestOf(key)))
    return name === null || !isStreamName(name) ? undefined : this.get(name)
  }

  /**
   * Changes what is given. Undefined when there is no such stream.
   *
   * @throws {ProtocolError} as {@link create}
   */
  async change(
    name: string,
    { publishFrom, windowSeconds }: StreamChange,
  ): Promise<StreamRecord | undefined> {
    const { allow, deny } = publishFrom ?? {}
    checkAddressRules(publishFrom ?? {})
    if (windowSeconds !== undefined) checkWindowSeconds(windowSeconds)
    const changes = Object.entries({ allowFrom: allow, denyFrom: deny, windowSeconds })
    const args = changes.flatMap(([field, value]) =>
      value === undefined ? [] : [field, JSON.stringify(value)],
    )
    const json = await CHANGE.run(this.#redis, [keys.streams], [name, ...args])
    return typeof json === 'string' ? publicRecord(json) : undefined
  }

  /** A publish name that is worth something until it expires or the key is changed. Undefined when there is no such stream. */
  async signName(grant: PublishGrant): Promise<string | undefined> {
    const hashes = [keys.streams, keys.streamSigning]
    const secret = await SIGNING_SECRET.run(this.#redis, hashes, [grant.stream, newSecret()])
    return typeof secret === 'string' ? renderSignedName(grant, secret) : undefined
  }

  /** @param address - of the publisher, as its socket says it. */
  async findBySignedName(name: SignedName, address: string): Promise<SignedNameOwner> {
    const [record, secret] = await Promise.all([
      this.get(name.stream),
      reply(this.#redis.hget(keys.streamSigning, name.stream)),
    ])
    const bearer = { address, seconds: this.#now() / 1000 }
    const fault = checkSignedName(name, secret ?? undefined, bearer)
    if (fault !== undefined) return { type: 'refused', fault }
    // A stream that was deleted between the two reads.
    return record === undefined ? { type: 'refused', fault: 'forged' } : { type: 'found', record }
  }

  async #create(
    stream: NewStream,
    key: string | undefined,
  ): Promise<{ record: StreamRecord; existed: boolean }> {
    checkStreamName(stream.name)
    const { allow = [], deny = [] } = stream.publishFrom ?? {}
    const { windowSeconds = 0 } = stream
    checkAddressRules({ allow, deny })
    checkWindowSeconds(windowSeconds)
    const stored: StoredRecord = {
      name: stream.name,
      profile: stream.profile,
      createdAt: this.#now(),
      ...(key === undefined ? {} : { keyDigest: digestOf(key) }),
      ...(allow.length === 0 ? {} : { allowFrom: allow }),
      ...(deny.length === 0 ? {} : { denyFrom: deny }),
      ...(windowSeconds === 0 ? {} : { windowSeconds }),
    }
    const json = JSON.stringify(stored)
    const args = [stream.name, json, stored.keyDigest ?? '', MOST_STREAMS]
    const existing = await CREATE.run(this.#redis, [keys.streams, keys.streamKeys], args)
    if (existing === 'full')
      throw new UnsupportedError(
        'cluster.stream.too_many',
        `there are ${MOST_STREAMS} streams, and no more can be made: delete some`,
        { details: { limit: MOST_STREAMS } },
      )
    return typeof existing === 'string'
      ? { record: publicRecord(existing), existed: true }
      : { record: publicRecord(json), existed: false }
  }
}
