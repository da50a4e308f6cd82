import type { EpochMillis } from '@sluice/core'
import type { AudioCodec, DynamicRange, VideoCodec } from '@sluice/media'
import type { Redis } from 'ioredis'
import { keys } from '../keys.ts'
import { reply } from '../redis/errors.ts'

/** What an ingest knows of a publisher's session. Rates are those of the last seconds. */
export interface SessionState {
  readonly session: string
  readonly broadcast?: string
  /** The publisher's IP address. */
  readonly remoteAddress: string
  /** The publisher's own name for itself, for example `obs-output module (libobs version 30.0.2)`. */
  readonly encoder?: string
  /** Who logged in by password. */
  readonly user?: string
  readonly startedAt: EpochMillis
  /** Bits per second on the wire. */
  readonly bitrate?: number
  readonly video?: {
    readonly codec: VideoCodec
    readonly codecString: string
    readonly width: number
    readonly height: number
    readonly frameRate?: number
    /** Seconds between keyframes. */
    readonly keyframeInterval?: number
    /** Absent for SDR. */
    readonly dynamicRange?: DynamicRange
  }
  readonly audio?: {
    readonly codec: AudioCodec
    readonly codecString: string
    readonly sampleRate: number
    readonly channels: number
  }
  /** What the publisher should change, in words for people. */
  readonly warnings: readonly string[]
}

/** How one rung fares. */
export interface RungState {
  /** The rendition's id: `source`, `720p`. */
  readonly id: string
  readonly state: 'planned' | 'running' | 'failed' | 'stopped'
  readonly width?: number
  readonly height?: number
  readonly codecString?: string
  readonly frameRate?: number
  readonly bitrate?: number
  /** Media seconds per second: below 1 the encoder does not keep up. */
  readonly speed?: number
  /** Why it failed or was stopped. */
  readonly reason?: string
}

/** What a worker knows of the broadcast it runs. */
export interface BroadcastState {
  readonly worker: string
  readonly epoch: number
  readonly rungs: readonly RungState[]
  /** What an operator should know of the ladder: rungs that were not made, and why. */
  readonly notes?: readonly string[]
  /** Why the last run ended, until the next one has begun to report. */
  readonly failure?: RunFailure
}

/** Why a run of a broadcast failed. */
export interface RunFailure {
  /** Stable, for example `store.fs.full`. */
  readonly code: string
  readonly message: string
  readonly at: EpochMillis
}

/** State is written every second or two, and gone some time after its writer is. */
const LIFETIME_MILLIS = 15_000

/** What is going on now, for operators. Never read to decide anything. */
export class LiveState {
  readonly #redis: Redis

  constructor(redis: Redis) {
    this.#redis = redis
  }

  async writeSession(stream: string, state: SessionState): Promise<void> {
    await this.#write(keys.session(stream), state)
  }

  /** The session ended. */
  async clearSession(stream: string): Promise<void> {
    await reply(this.#redis.del(keys.session(stream)))
  }

  async writeBroadcast(broadcast: string, state: BroadcastState): Promise<void> {
    await this.#write(keys.rungs(broadcast), state)
  }

  /** States of the sessions of these streams; streams without a publisher are missing. */
  async sessions(streams: readonly string[]): Promise<ReadonlyMap<string, SessionState>> {
    return this.#read<SessionState>(streams, keys.session)
  }

  /** States of these broadcasts; those that no worker runs are missing. */
  async broadcasts(ids: readonly string[]): Promise<ReadonlyMap<string, BroadcastState>> {
    return this.#read<BroadcastState>(ids, keys.rungs)
  }

  async #write(key: string, state: object): Promise<void> {
    await reply(this.#redis.set(key, JSON.stringify(state), 'PX', LIFETIME_MILLIS))
  }

  async #read<T>(names: readonly string[], keyOf: (name: string) => string): Promise<ReadonlyMap<string, T>> {
    const found = new Map<string, T>()
    if (names.length === 0) return found
    const values = await reply(this.#redis.mget(names.map(keyOf)))
    names.forEach((name, i) => {
      const json = values[i]
      if (typeof json === 'string') found.set(name, JSON.parse(json) as T)
    })
    return found
  }
}
