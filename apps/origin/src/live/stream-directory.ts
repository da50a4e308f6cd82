import { performance } from 'node:perf_hooks'
import { DependencyError, errorCode, errorMessage } from '@sluice/core'
import { LRUCache } from 'lru-cache'
import type { OriginLimits } from '../limits.ts'
import { type BroadcastServices, LiveBroadcast } from './live-broadcast.ts'
import type { CurrentBroadcast } from './timeline-source.ts'

/** A stream that is being watched. */
export interface WatchedStream {
  readonly current: LiveBroadcast
  /** The broadcast before it, for players that still read its last files. */
  readonly former: LiveBroadcast | undefined
}

/** Times are those of the monotonic clock: the host's may jump. */
interface Entry extends WatchedStream {
  lastAsked: number
  checkedAt: number
  checking: boolean
}

const SWEEPS_PER_IDLE_TIME = 6
const MOST_MISSING = 10_000
/** An ended broadcast whose timeline has no end after this long gets one. */
const SILENT_END_MILLIS = 10_000

/**
 * Streams by name, each followed from the first request on and until nobody has asked for it for a while.
 * While the source is away, streams that are followed stay as they are.
 */
export class StreamDirectory {
  readonly #services: BroadcastServices
  readonly #limits: OriginLimits
  readonly #entries = new Map<string, Entry>()
  readonly #opening = new Map<string, Promise<Entry | undefined>>()
  readonly #missing: LRUCache<string, true>
  readonly #sweeper: NodeJS.Timeout
  #stopped = false

  constructor(services: BroadcastServices, limits: OriginLimits) {
    this.#services = services
    this.#limits = limits
    this.#missing = new LRUCache({ max: MOST_MISSING, ttl: limits.missingMillis })
    this.#sweeper = setInterval(() => this.#sweep(), limits.idleMillis / SWEEPS_PER_IDLE_TIME)
    this.#sweeper.unref()
  }

  /** How many streams are followed. */
  get size(): number {
    return this.#entries.size
  }

  /** The current broadcasts of the streams that are followed. */
  get broadcasts(): readonly LiveBroadcast[] {
    return [...this.#entries.values()].map(({ current }) => current)
  }

  /**
   * The stream's current broadcast, followed from now on.
   *
   * @returns undefined where the stream has none.
   * @throws {DependencyError} when it is not followed yet and cannot be looked up; `origin.lookups.full`, `origin.stopping`.
   */
  async open(name: string): Promise<WatchedStream | undefined> {
    const known = this.followed(name)
    if (known !== undefined) return known
    if (this.#stopped) throw stopping()
    if (this.#missing.has(name)) return undefined
    if (!this.#opening.has(name) && this.#opening.size >= this.#limits.maxOpening) throw tooMany()
    const opening = this.#opening.get(name) ?? this.#open(name)
    this.#opening.set(name, opening)
    return this.#within(opening, name)
  }

  /** The same where it is followed already; undefined where that has to be looked up. */
  followed(name: string): WatchedStream | undefined {
    const entry = this.#entries.get(name)
    if (entry === undefined) return undefined
    entry.lastAsked = performance.now()
    this.#recheck(name, entry)
    return entry
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#sweeper)
    await Promise.allSettled([...this.#entries.values()].map(stopEntry))
    this.#entries.clear()
  }

  async #open(name: string): Promise<Entry | undefined> {
    try {
      const record = await this.#services.source.current(name)
      if (record === undefined) {
        this.#missing.set(name, true)
        return undefined
      }
      const current = await LiveBroadcast.follow(name, record.id, this.#services)
      const now = performance.now()
      const entry: Entry = { current, former: undefined, lastAsked: now, checkedAt: now, checking: false }
      if (this.#stopped) {
        await stopEntry(entry)
        throw stopping()
      }
      endIfSilent(current, record)
      this.#entries.set(name, entry)
      return entry
    } finally {
      this.#opening.delete(name)
    }
  }

  async #within<T>(opening: Promise<T>, name: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const { openMillis } = this.#limits
        reject(
          new DependencyError(
            'origin.timeline.slow',
            `the timeline of "${name}" could not be read within ${openMillis} ms`,
          ),
        )
      }, this.#limits.openMillis)
    })
    try {
      return await Promise.race([opening, timeout])
    } finally {
      clearTimeout(timer)
    }
  }

  /** Looks, beside the request, whether there is a newer broadcast. */
  #recheck(name: string, entry: Entry): void {
    if (entry.checking || performance.now() - entry.checkedAt < this.#limits.recheckMillis) return
    entry.checking = true
    this.#check(name, entry)
      .catch((error: unknown) => {
        const message = `"${name}" cannot be looked up and stays as it is: ${errorMessage(error)}`
        this.#services.log.debug({ stream: name, code: errorCode(error) }, message)
      })
      .finally(() => {
        entry.checking = false
        entry.checkedAt = performance.now()
      })
  }

  async #check(name: string, entry: Entry): Promise<void> {
    const record = await this.#services.source.current(name)
    if (record === undefined) return this.#drop(name, entry)
    if (record.id === entry.current.id) return endIfSilent(entry.current, record)
    const current = await LiveBroadcast.follow(name, record.id, this.#services)
    if (this.#stopped || this.#entries.get(name) !== entry) return current.stop()
    // Until it has something to show, viewers keep what there is of the one before it.
    const begins = current.multivariant() === undefined && record.endedAt === undefined
    if (begins && entry.current.multivariant() !== undefined) return current.stop()
    const { lastAsked } = entry
    this.#entries.set(name, {
      current,
      former: entry.current,
      lastAsked,
      checkedAt: performance.now(),
      checking: false,
    })
    await entry.former?.stop()
  }

  #sweep(): void {
    const idleSince = performance.now() - this.#limits.idleMillis
    for (const [name, entry] of this.#entries)
      if (entry.lastAsked < idleSince && !entry.current.awaited)
        this.#drop(name, entry).catch((error: unknown) => {
          this.#services.log.debug({ stream: name }, `could not unsubscribe: ${errorMessage(error)}`)
        })
  }

  async #drop(name: string, entry: Entry): Promise<void> {
    if (this.#entries.get(name) === entry) this.#entries.delete(name)
    await stopEntry(entry)
  }
}

function tooMany(): DependencyError {
  return new DependencyError('origin.lookups.full', 'too many streams are being looked up already')
}

function stopping(): DependencyError {
  return new DependencyError('origin.stopping', 'this origin is being stopped')
}

function endIfSilent(broadcast: LiveBroadcast, { endedAt }: CurrentBroadcast): void {
  if (endedAt !== undefined && Date.now() - endedAt > SILENT_END_MILLIS) broadcast.end()
}

async function stopEntry({ current, former }: WatchedStream): Promise<void> {
  await Promise.all([current.stop(), former?.stop()])
}
