import {
  type DataEntry,
  isLastEntry,
  type MediaEntry,
  RingReader,
  type RingStart,
  type StreamEntry,
  type TracksEntry,
} from '@sluice/broadcast'
import { assertNever } from '@sluice/core'
import type { PlayedStream } from './played-stream.ts'
import type { SharedMessages } from './shared-messages.ts'

/** Where a player's media goes. */
export interface PlayerSink {
  /** Bytes that were sent and have not left. */
  readonly queued: number
  /** With so many of these the player is given no more. */
  readonly queueLimit: number
  /** Sends bytes, which are shared with other players: they are never written to. */
  send(parts: readonly Uint8Array[]): void
  /** The broadcast is over and everything was sent. The player is no longer called. */
  streamEnded(): void
  /** The player did not keep up for too long. It is no longer called. */
  tooSlow(reason: string): void
  /** The player could not be served. It is no longer called. */
  failed(error: unknown): void
}

/** A player that never caught up with its stream for this long is disconnected, in milliseconds. */
export const DEFAULT_SLOW_MILLIS = 10_000

/** What became of a pump. `behind`: there is more than the sink takes now, so pump again soon. */
export type PumpResult = 'waiting' | 'behind' | 'over'

/**
 * One player's place in a stream. It begins at the newest boundary at which decoding can start, and is then given
 * everything that comes, as long as its sink takes it. What it was not given stays in the ring and nowhere else, and
 * the ring holds nothing for its sake: when the next keyframe is there, it goes on from that one.
 *
 * No clock and no socket: `pump` is told the time and writes to the sink.
 */
export class Player {
  readonly #stream: PlayedStream
  readonly #messages: SharedMessages
  readonly #sink: PlayerSink
  readonly #slowMillis: number
  readonly #wanted = { audio: true, video: true }
  #start: RingStart | undefined
  #reader: RingReader | undefined
  /** Those in force where the reader is, and those that the player was told. */
  #tracks: TracksEntry | undefined
  #toldTracks: TracksEntry | undefined
  /** What is due before the first frame of tracks that the player was not told of. */
  #early: DataEntry[] = []
  /** Pictures were left out: they make sense again from a keyframe on. */
  #needsKeyframe = true
  #paused = false
  #slowSince: number | undefined
  #skips = 0
  #over = false
  #wasTooSlow = false

  /** @param slowMillis - how long it may lag behind without once catching up. Default `DEFAULT_SLOW_MILLIS`. */
  constructor(
    stream: PlayedStream,
    messages: SharedMessages,
    sink: PlayerSink,
    slowMillis: number = DEFAULT_SLOW_MILLIS,
  ) {
    this.#stream = stream
    this.#messages = messages
    this.#sink = sink
    this.#slowMillis = slowMillis
  }

  /** How often it was moved to a later keyframe because it was slow. */
  get skips(): number {
    return this.#skips
  }

  /** Whether it was disconnected because it did not keep up. */
  get wasTooSlow(): boolean {
    return this.#wasTooSlow
  }

  /** Gives nothing until `resume`. */
  pause(): void {
    this.#paused = true
    this.#slowSince = undefined
  }

  /** Goes on where it was while the ring has that and no newer keyframe, else from the newest keyframe. */
  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#moveOn()
  }

  /** Sound or picture is wanted, or not; both are at first. */
  want(kind: 'audio' | 'video', on: boolean): void {
    this.#wanted[kind] = on
  }

  /**
   * Sends what the sink takes of what the stream has.
   *
   * @param now - milliseconds of a clock that does not go back.
   */
  pump(now: number): PumpResult {
    if (this.#over) return 'over'
    if (this.#paused) return this.#stream.ended ? this.#end() : 'waiting'
    const reader = this.#reading()
    if (reader === undefined) return this.#stream.ended ? this.#end() : 'waiting'
    const { queueLimit } = this.#sink
    const parts: Uint8Array[] = []
    let { queued } = this.#sink
    let ended = false
    while (queued < queueLimit && !ended) {
      const entry = reader.next()
      if (entry === undefined) break
      ended = isLastEntry(entry)
      for (const part of this.#partsOf(entry)) {
        parts.push(part)
        queued += part.length
      }
    }
    if (parts.length > 0) this.#sink.send(parts)
    if (ended) return this.#end()
    if (reader.position >= this.#stream.ring.end) {
      this.#slowSince = undefined
      return 'waiting'
    }
    return this.#lag(now)
  }

  #end(): PumpResult {
    this.#over = true
    this.#sink.streamEnded()
    return 'over'
  }

  #lag(now: number): PumpResult {
    this.#slowSince ??= now
    if (now - this.#slowSince >= this.#slowMillis) {
      this.#over = true
      this.#wasTooSlow = true
      const { queued } = this.#sink
      const seconds = this.#slowMillis / 1000
      this.#sink.tooSlow(
        `too slow for this stream: ${queued} bytes wait, and it did not catch up within ${seconds} s`,
      )
      return 'over'
    }
    if (this.#moveOn()) this.#skips += 1
    return 'behind'
  }

  #reading(): RingReader | undefined {
    if (this.#reader === undefined) this.#moveOn()
    return this.#reader
  }

  /** Goes to the newest boundary at which decoding can start, where that is ahead. @returns whether it was. */
  #moveOn(): boolean {
    const { ring } = this.#stream
    const start = ring.starts.findLast(({ boundary }) => boundary.independent)
    if (start === undefined || start === this.#start) return false
    const reader = this.#reader
    if (reader !== undefined && !reader.lost && start.position < reader.position) return false
    this.#start = start
    this.#reader = new RingReader(ring, start, false)
    this.#needsKeyframe = true
    return true
  }

  #partsOf(entry: StreamEntry): readonly Uint8Array[] {
    switch (entry.type) {
      case 'tracks':
        this.#tracks = entry
        return []
      case 'video':
        if (entry.keyframe) this.#needsKeyframe = false
        if (!this.#wanted.video) this.#needsKeyframe = true
        return this.#needsKeyframe ? [] : this.#media(entry)
      case 'audio':
        return this.#wanted.audio ? this.#media(entry) : []
      case 'data':
        if (this.#tracks === this.#toldTracks) return this.#messages.media(entry)
        this.#early.push(entry)
        return []
      case 'boundary':
        this.#early = []
        return []
      case 'further-tracks':
      case 'further':
      case 'end':
      case 'moved':
        return []
      default:
        return assertNever(entry)
    }
  }

  #media(entry: MediaEntry): readonly Uint8Array[] {
    const tracks = this.#tracks
    if (tracks === undefined || tracks === this.#toldTracks) return this.#messages.media(entry)
    const media = [...this.#early, entry].flatMap((each) => this.#messages.media(each))
    this.#early = []
    const isFirst = this.#toldTracks === undefined
    this.#toldTracks = tracks
    const headers = this.#messages.headers(entry, tracks)
    if (!isFirst) return [...headers, ...media]
    const metadata = this.#messages.metadata(this.#stream.properties)
    return [...this.#messages.form.begin(tracks), ...metadata, ...headers, ...media]
  }
}
