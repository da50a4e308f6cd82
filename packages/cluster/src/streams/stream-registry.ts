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

/** What an operator decides of a stream when making it. */
export interface NewStream {
  readonly name: string
  readonly profile: string
  /** Unset lists are empty. */
  readonly publishFrom?: Partial<AddressRules>
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

// KEYS: streams. ARGV: name, then for each list its field and its entries as JSON, '[]' for none.
const RESTRICT = new Script(`
  local existing = redis.call('HGET', KEYS[1], ARGV[1])
  if not existing then return false end
  local record = cjson.decode(existing)
  for i = 2, #ARGV, 2 do
    if ARGV[i + 1] == '[]' then record[ARGV[i]] = nil else record[ARGV[i]] = cjson.decode(ARGV[i + 1]) end
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
   * @throws {ProtocolError} `cluster.stream.bad_name`; `cluster.stream.bad_address_range`,
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
   * Replaces the lists that are given, from the next publish on. Undefined when there is no such stream.
   *
   * @throws {ProtocolError} as {@link create}
   */
  async restrict(name: string, lists: Partial<AddressRules>): Promise<StreamRecord | undefined> {
    checkAddressRules(lists)
    const { allow, deny } = lists
    const args = [
      ...(allow === undefined ? [] : ['allowFrom', JSON.stringify(allow)]),
      ...(deny === undefined ? [] : ['denyFrom', JSON.stringify(deny)]),
    ]
    const json = await RESTRICT.run(this.#redis, [keys.streams], [name, ...args])
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
    checkAddressRules({ allow, deny })
    const stored: StoredRecord = {
      name: stream.name,
      profile: stream.profile,
      createdAt: this.#now(),
      ...(key === undefined ? {} : { keyDigest: digestOf(key) }),
      ...(allow.length === 0 ? {} : { allowFrom: allow }),
      ...(deny.length === 0 ? {} : { denyFrom: deny }),
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
