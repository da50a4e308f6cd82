import { type EpochMillis, epochMillis } from '@sluice/core'
import type { Redis } from 'ioredis'
import { keys } from '../keys.ts'
import { Script } from '../redis/script.ts'

/** What a worker says about itself. */
export interface WorkerAnnouncement {
  /** Unique for each process. */
  readonly id: string
  readonly host: string
  readonly startedAt: EpochMillis
  readonly ffmpegVersion: string
  /** Encoders that its ffmpeg really has: `libx264`, `aac`, `h264_nvenc`. */
  readonly encoders: readonly string[]
  /** The one that makes the pictures of its ladders: `libx264`, `h264_nvenc`. */
  readonly videoEncoder: string
  /** Broadcasts it takes at a time, and has now. */
  readonly capacity: number
  readonly running: number
}

/** A worker that was heard of lately. */
export interface WorkerRecord extends WorkerAnnouncement {
  readonly seenAt: EpochMillis
}

/** How often a worker announces itself, in milliseconds. */
export const HEARTBEAT_INTERVAL_MILLIS = 3000

/** A worker that was silent for so long is not listed any more. */
const SILENT_MILLIS = 10_000

// Times are those of Redis, so the clocks of the workers do not matter. KEYS: workers, seen. ARGV: id, announcement.
const ANNOUNCE = new Script(`
  local now = redis.call('TIME')
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
  redis.call('ZADD', KEYS[2], now[1] * 1000 + math.floor(now[2] / 1000), ARGV[1])
`)

// KEYS: workers, seen. ARGV: silence in ms.
const LIST = new Script(`
  local now = redis.call('TIME')
  local oldest = now[1] * 1000 + math.floor(now[2] / 1000) - tonumber(ARGV[1])
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', '(' .. oldest)) do
    redis.call('HDEL', KEYS[1], id)
    redis.call('ZREM', KEYS[2], id)
  end
  local found = {}
  local seen = redis.call('ZRANGE', KEYS[2], 0, -1, 'WITHSCORES')
  for i = 1, #seen, 2 do
    found[#found + 1] = redis.call('HGET', KEYS[1], seen[i])
    found[#found + 1] = seen[i + 1]
  end
  return found
`)

/** The workers that are there. */
export class WorkerRegistry {
  readonly #redis: Redis

  constructor(redis: Redis) {
    this.#redis = redis
  }

  /** To be called every {@link HEARTBEAT_INTERVAL_MILLIS}. */
  async announce(worker: WorkerAnnouncement): Promise<void> {
    await ANNOUNCE.run(this.#redis, [keys.workers, keys.workersSeen], [worker.id, JSON.stringify(worker)])
  }

  /** A worker stops in good order. */
  async remove(id: string): Promise<void> {
    await this.#redis.multi().hdel(keys.workers, id).zrem(keys.workersSeen, id).exec()
  }

  async list(): Promise<WorkerRecord[]> {
    const found = (await LIST.run(this.#redis, [keys.workers, keys.workersSeen], [SILENT_MILLIS])) as string[]
    const workers: WorkerRecord[] = []
    for (let i = 0; i + 1 < found.length; i += 2) {
      const announcement = JSON.parse(found[i] ?? '') as WorkerAnnouncement
      workers.push({ ...announcement, seenAt: epochMillis(Number(found[i + 1])) })
    }
    return workers.sort((a, b) => (a.id < b.id ? -1 : 1))
  }
}
