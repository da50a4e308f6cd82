import { DependencyError, type EpochMillis } from '@sluice/core'
import { type Profile, readProfile } from '@sluice/ladder'
import type { Redis } from 'ioredis'
import { keys } from '../keys.ts'
import { redisError, reply } from '../redis/errors.ts'
import { Script } from '../redis/script.ts'
import { newBroadcastId } from './broadcast-id.ts'

/** One on-air period of a stream. */
export interface Broadcast {
  readonly id: string
  readonly stream: string
  /** Wall-clock time of media time 0. */
  readonly startedAt: EpochMillis
  /** Undefined while it is live or waits for its publisher. */
  readonly endedAt: EpochMillis | undefined
  /** The highest epoch issued: 0 before the first, then one higher for each run of a worker. */
  readonly epoch: number
  /** The whole profile as it was when the broadcast began. */
  readonly profile: Profile
}

/** What {@link Broadcasts.create} made. */
export interface CreatedBroadcast {
  readonly id: string
  /** A broadcast of the same stream that never ended properly and is ended now; its files want expiring. */
  readonly replaced: string | undefined
}

/** Whether a job that was delivered is still wanted, and under which epoch. */
export type EpochClaim =
  | { readonly wanted: true; readonly epoch: number }
  /** A newer run exists (`latest`), or the broadcast is gone (undefined). */
  | { readonly wanted: false; readonly latest: number | undefined }

/** Ended broadcasts that nobody removed go by themselves this much later. */
const REMOVAL_GRACE_MILLIS = 3_600_000

/** A broadcast whose ingest died, replaced by the stream's next one: its files should be expired long before. */
const REPLACED_LIFETIME_MILLIS = 86_400_000

// KEYS: broadcast, current. ARGV: id, stream, startedAt, profile, prefix of broadcast keys, lifetime of a replaced one.
const CREATE = new Script(`
  if redis.call('EXISTS', KEYS[1]) == 1 then return 'taken' end
  local replaced = redis.call('GET', KEYS[2])
  if replaced then
    local former = ARGV[5] .. replaced
    if redis.call('EXISTS', former) == 0 or redis.call('HEXISTS', former, 'endedAt') == 1 then
      replaced = false
    else
      redis.call('HSET', former, 'endedAt', ARGV[3])
      redis.call('PEXPIRE', former, ARGV[6])
    end
  end
  redis.call('HSET', KEYS[1], 'id', ARGV[1], 'stream', ARGV[2], 'startedAt', ARGV[3], 'epoch', 0, 'profile', ARGV[4])
  redis.call('SET', KEYS[2], ARGV[1])
  return { replaced or '' }
`)

// KEYS: broadcast. ARGV: endedAt, lifetime in ms.
const END = new Script(`
  if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
  if redis.call('HSETNX', KEYS[1], 'endedAt', ARGV[1]) == 0 then return 0 end
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return 1
`)

// KEYS: broadcast.
const NEXT_EPOCH = new Script(`
  if redis.call('EXISTS', KEYS[1]) == 0 then return false end
  redis.call('HDEL', KEYS[1], 'holder')
  return redis.call('HINCRBY', KEYS[1], 'epoch', 1)
`)

// KEYS: broadcast. ARGV: epoch of the job, job id, '1' when the job runs again.
const CLAIM = new Script(`
  local latest = tonumber(redis.call('HGET', KEYS[1], 'epoch') or '-1')
  local ours = latest == tonumber(ARGV[1]) or redis.call('HGET', KEYS[1], 'holder') == ARGV[2]
  if not ours then return { 0, latest } end
  if ARGV[3] == '1' then latest = redis.call('HINCRBY', KEYS[1], 'epoch', 1) end
  redis.call('HSET', KEYS[1], 'holder', ARGV[2])
  return { 1, latest }
`)

// KEYS: all of the broadcast's keys, last the stream's pointer. ARGV: id.
const REMOVE = new Script(`
  for i = 1, #KEYS - 1 do redis.call('DEL', KEYS[i]) end
  if redis.call('GET', KEYS[#KEYS]) == ARGV[1] then redis.call('DEL', KEYS[#KEYS]) end
`)

/** On-air periods: which is current, which run of a worker may write to it, when it ended. */
export class Broadcasts {
  readonly #redis: Redis

  constructor(redis: Redis) {
    this.#redis = redis
  }

  /** Begins a broadcast and makes it the stream's current one. */
  async create(broadcast: {
    readonly stream: string
    readonly startedAt: EpochMillis
    readonly profile: Profile
  }): Promise<CreatedBroadcast> {
    for (;;) {
      const id = newBroadcastId(broadcast.startedAt)
      const { stream, startedAt } = broadcast
      const profile = JSON.stringify(broadcast.profile)
      const answer = await CREATE.run(
        this.#redis,
        [keys.broadcast(id), keys.current(stream)],
        [id, stream, startedAt, profile, keys.broadcast(''), REPLACED_LIFETIME_MILLIS],
      )
      if (Array.isArray(answer)) return { id, replaced: answer[0] === '' ? undefined : String(answer[0]) }
    }
  }

  /** Undefined when it was never made or is removed. */
  async get(id: string): Promise<Broadcast | undefined> {
    return parseBroadcast(await reply(this.#redis.hgetall(keys.broadcast(id))))
  }

  /** The stream's live broadcast, or the latest ended one while it is kept. */
  async current(stream: string): Promise<Broadcast | undefined> {
    const id = await reply(this.#redis.get(keys.current(stream)))
    return id === null ? undefined : this.get(id)
  }

  /** {@link current} of many streams in two round trips; streams without one are missing. */
  async currentOf(streams: readonly string[]): Promise<ReadonlyMap<string, Broadcast>> {
    const found = new Map<string, Broadcast>()
    if (streams.length === 0) return found
    const ids = await reply(this.#redis.mget(streams.map((stream) => keys.current(stream))))
    const pipeline = this.#redis.pipeline()
    for (const id of ids) if (id !== null) pipeline.hgetall(keys.broadcast(id))
    for (const [error, fields] of (await reply(pipeline.exec())) ?? []) {
      if (error !== null) throw redisError(error)
      const broadcast = parseBroadcast(fields as Record<string, string>)
      if (broadcast !== undefined) found.set(broadcast.stream, broadcast)
    }
    return found
  }

  /**
   * Marks a broadcast as ended. It stays current until it is removed or another begins; should nobody
   * remove it, Redis drops it an hour after `keepMillis`.
   *
   * @returns false when it had ended before or is unknown.
   */
  async end(id: string, endedAt: EpochMillis, keepMillis: number): Promise<boolean> {
    const lifetime = keepMillis + REMOVAL_GRACE_MILLIS
    return (await END.run(this.#redis, [keys.broadcast(id)], [endedAt, lifetime])) === 1
  }

  /**
   * Issues the next epoch, from 1. From this moment the timeline refuses appends of lower ones.
   *
   * @throws {DependencyError} `cluster.broadcast.gone`
   */
  async nextEpoch(id: string): Promise<number> {
    const epoch = await NEXT_EPOCH.run(this.#redis, [keys.broadcast(id)], [])
    if (typeof epoch !== 'number')
      throw new DependencyError('cluster.broadcast.gone', `there is no broadcast ${id} any more`, {
        details: { broadcast: id },
      })
    return epoch
  }

  /**
   * Asks, on behalf of a delivered job, whether it is still the latest run. A job that runs again (its
   * worker died) gets an epoch of its own, so that what the first run wrote is never written twice.
   */
  async claim(job: {
    readonly broadcast: string
    readonly epoch: number
    readonly jobId: string
    readonly again: boolean
  }): Promise<EpochClaim> {
    const args = [job.epoch, job.jobId, job.again ? '1' : '0']
    const answer = await CLAIM.run(this.#redis, [keys.broadcast(job.broadcast)], args)
    const [wanted, latest] = answer as [number, number]
    if (wanted === 1) return { wanted: true, epoch: latest }
    return { wanted: false, latest: latest < 0 ? undefined : latest }
  }

  /** Forgets a broadcast with its timeline and state. */
  async remove(id: string): Promise<void> {
    const broadcast = await this.get(id)
    const all = [
      keys.broadcast(id),
      keys.timeline(id),
      keys.timelineSegments(id),
      keys.timelineMarks(id),
      keys.timelineHead(id),
      keys.rungs(id),
      keys.position(id),
      keys.current(broadcast?.stream ?? ''),
    ]
    await REMOVE.run(this.#redis, all, [id])
  }
}

function parseBroadcast(fields: Record<string, string>): Broadcast | undefined {
  const { id, stream, startedAt, endedAt, epoch, profile } = fields
  if (id === undefined || stream === undefined || profile === undefined) return undefined
  return {
    id,
    stream,
    startedAt: Number(startedAt) as EpochMillis,
    endedAt: endedAt === undefined ? undefined : (Number(endedAt) as EpochMillis),
    epoch: Number(epoch),
    profile: readProfile(JSON.parse(profile)),
  }
}
