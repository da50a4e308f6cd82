import { randomBytes } from 'node:crypto'
import { DependencyError, type Millis } from '@sluice/core'
import type { TimelineEvent } from '@sluice/manifest'
import type { Redis } from 'ioredis'
import { keys } from '../keys.ts'
import { Script } from '../redis/script.ts'
import { onBeat } from './beat.ts'
import { type Retention, retentionOf } from './entries.ts'

/** Settings of one writer of a timeline. */
export interface TimelineWriterOptions {
  readonly broadcast: string
  /** The fencing token: an epoch that was issued for this run. */
  readonly epoch: number
  /**
   * Segments older than this are dropped from the log: the window, and slack for readers that are late. Memory in Redis grows
   * with it: about 300 bytes a segment.
   */
  readonly keep: Millis
  /**
   * Parts older than this are dropped: what playlists list of them, and slack for readers that are late. About 300
   * bytes a part.
   */
  readonly keepParts: Millis
}

/** A timeline nobody appended to for a day belongs to a broadcast nobody ended. */
const LIFETIME_MILLIS = 86_400_000

/** Most marks kept; beyond, the oldest discontinuities go (a publisher that reconnects without end). */
const MOST_MARKS = 4096

// One step in Redis: fence, drop repeats, append, trim, publish.
// KEYS: log, segments, marks, head, broadcast. ARGV: epoch, writer, sequence number, age of parts in ms, age of segments in
// ms, most marks, lifetime in ms, channel, '1' to tidy up, then for each event its retention and its json.
const APPEND = new Script(`
  local issued = tonumber(redis.call('HGET', KEYS[5], 'epoch') or '-1')
  if issued < 0 then return { 'gone', 0 } end
  if tonumber(ARGV[1]) < issued then return { 'fenced', issued } end

  local sequence = 'seq:' .. ARGV[2]
  if tonumber(ARGV[3]) <= tonumber(redis.call('HGET', KEYS[4], sequence) or '0') then return { 'ok', 0 } end

  local previous = redis.call('HGET', KEYS[4], 'last') or '0-0'
  local last = previous
  local entries = {}
  for i = 10, #ARGV, 2 do
    last = redis.call('XADD', KEYS[1], '*', 'e', ARGV[i + 1])
    if ARGV[i] == 'window' then redis.call('XADD', KEYS[2], last, 'e', ARGV[i + 1]) end
    if ARGV[i] == 'mark' then redis.call('XADD', KEYS[3], last, 'e', ARGV[i + 1]) end
    entries[#entries + 1] = '["' .. last .. '",' .. ARGV[i + 1] .. ']'
  end
  redis.call('HSET', KEYS[4], 'last', last, sequence, ARGV[3])

  if ARGV[9] == '1' then
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    for i = 1, 2 do
      local oldest = now - tonumber(ARGV[3 + i])
      if oldest > 0 then redis.call('XTRIM', KEYS[i], 'MINID', string.format('%.0f', oldest)) end
    end
    if redis.call('XLEN', KEYS[3]) > tonumber(ARGV[6]) then
      for _, mark in ipairs(redis.call('XRANGE', KEYS[3], '-', '+', 'COUNT', 256)) do
        if cjson.decode(mark[2][2]).type == 'discontinuity' then
          redis.call('XDEL', KEYS[3], mark[1])
          break
        end
      end
    end
    for i = 1, 4 do redis.call('PEXPIRE', KEYS[i], ARGV[7]) end
  end
  redis.call('PUBLISH', ARGV[8], '{"previous":"' .. previous .. '","entries":[' .. table.concat(entries, ',') .. ']}')
  return { 'ok', #entries }
`)

interface Waiting {
  readonly events: readonly TimelineEvent[]
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * Writes to the timeline log of one broadcast, for one run of a worker. Appends are in order and happen once
 * each, whatever the connection does; while one is on its way or Redis is away, later ones gather and then
 * go together. `TimelineFollower` reads what is written here.
 */
export class TimelineWriter {
  readonly #redis: Redis
  readonly #options: TimelineWriterOptions
  /** Tells repeats of this writer's appends from those of others. */
  readonly #writer = randomBytes(6).toString('base64url')
  #sequence = 0
  #waiting: Waiting[] = []
  #sending = false

  /** @param redis - a connection that waits while Redis is away. */
  constructor(redis: Redis, options: TimelineWriterOptions) {
    this.#redis = redis
    this.#options = options
  }

  /**
   * Appends events, all or none.
   *
   * @returns when they are in the log.
   * @throws {DependencyError} `cluster.timeline.fenced`: a newer epoch was issued, this run is over;
   * `cluster.timeline.gone`: the broadcast was removed; `cluster.redis.…`.
   */
  append(events: readonly TimelineEvent[]): Promise<void> {
    if (events.length === 0) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#waiting.push({ events, resolve, reject })
      if (!this.#sending) this.#sendOnBeat()
    })
  }

  #sendOnBeat(): void {
    this.#sending = true
    onBeat(this.#redis, () => void this.#send())
  }

  async #send(): Promise<void> {
    const batch = this.#waiting
    this.#waiting = []
    try {
      await this.#sendBatch(batch.flatMap(({ events }) => events))
      for (const { resolve } of batch) resolve()
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
    if (this.#waiting.length > 0) this.#sendOnBeat()
    else this.#sending = false
  }

  async #sendBatch(events: readonly TimelineEvent[]): Promise<void> {
    const { broadcast, epoch, keep, keepParts } = this.#options
    const answer = await APPEND.run(
      this.#redis,
      [
        keys.timeline(broadcast),
        keys.timelineSegments(broadcast),
        keys.timelineMarks(broadcast),
        keys.timelineHead(broadcast),
        keys.broadcast(broadcast),
      ],
      [
        epoch,
        this.#writer,
        ++this.#sequence,
        keepParts,
        keep,
        MOST_MARKS,
        LIFETIME_MILLIS,
        keys.timelineChannel(broadcast),
        // Parts come several times a second in every rendition: trimming and expiry can wait for their segment.
        events.every(({ type }) => type === 'part') ? '0' : '1',
        ...events.flatMap((event): [Retention, string] => [retentionOf(event), JSON.stringify(event)]),
      ],
    )
    const [outcome, issued] = answer as ['ok' | 'fenced' | 'gone', number]
    if (outcome === 'fenced')
      throw new DependencyError(
        'cluster.timeline.fenced',
        `epoch ${epoch} of broadcast ${broadcast} is over: epoch ${issued} was issued`,
        { details: { broadcast, epoch, issued } },
      )
    if (outcome === 'gone')
      throw new DependencyError('cluster.timeline.gone', `there is no broadcast ${broadcast} any more`, {
        details: { broadcast, epoch },
      })
  }
}
