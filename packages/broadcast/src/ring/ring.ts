import { giveBack, type Millis } from '@sluice/core'
import type { Boundary } from '@sluice/media'
import { type FurtherTracksEntry, isLastEntry, type StreamEntry, type TracksEntry, timeOf } from '../entry.ts'

/** What a ring may hold. */
export interface RingLimits {
  /** Payload bytes; the oldest entries leave when more arrive. */
  readonly bytes: number
  /** Boundaries at which a reader can start; more are kept where none of these is a keyframe. */
  readonly segments: number
}

/** Two segments behind the newest boundary, at most 64 MiB: design decision 2. */
export const DEFAULT_RING_LIMITS: RingLimits = { bytes: 64 * 1024 * 1024, segments: 3 }

/** Where a reader may begin. */
export interface RingStart {
  /** Position of the first entry that may belong behind the boundary: sound that arrived just before it. */
  readonly position: number
  /** Position of the boundary's own entry. */
  readonly mark: number
  readonly boundary: Boundary
  /** The tracks in force at the boundary. */
  readonly tracks: TracksEntry
  /** The further tracks in force there, where there are any. */
  readonly further: FurtherTracksEntry | undefined
}

/** Something that reads the ring: what it needs stays, as far as the bytes allow. */
export interface RingCursor {
  /** Position of the oldest entry it needs. */
  readonly needs: number
}

/**
 * The recent entries of one stream, held once for all readers. Every entry has a position that never
 * changes; a reader keeps its own position and asks for what follows. What a reader still needs is held up to
 * the limit in bytes; a reader that is slower than that falls out of the ring and is told so.
 *
 * A payload's memory is used for others when its entry has left: who reads an entry and holds nothing by a cursor has copied
 * what it keeps before it lets anybody else run.
 */
export class Ring {
  readonly #limits: RingLimits
  /** Entries that left are undefined until the array is compacted, so that their payloads are free at once. */
  #entries: (StreamEntry | undefined)[] = []
  /** Index in `#entries` of the oldest entry: shifting the array for each trim would copy it. */
  #head = 0
  /** Position of the oldest entry. */
  #first = 0
  #bytes = 0
  #starts: RingStart[] = []
  #tracks: TracksEntry | undefined
  #further: FurtherTracksEntry | undefined
  readonly #cursors = new Set<RingCursor>()
  /** Nothing that a first reader may want leaves before it is there. */
  #awaitsReader: boolean

  /** @param awaitsReader - a reader will come for the first boundary: all is held for it until then. */
  constructor(limits: RingLimits = DEFAULT_RING_LIMITS, awaitsReader = false) {
    this.#limits = limits
    this.#awaitsReader = awaitsReader
  }

  /** Position that the next entry will have. */
  get end(): number {
    return this.#first + this.#entries.length - this.#head
  }

  /** Payload bytes held. */
  get bytes(): number {
    return this.#bytes
  }

  /** Boundaries at which a reader can begin, oldest first. */
  get starts(): readonly RingStart[] {
    return this.#starts
  }

  push(entry: StreamEntry): void {
    if (entry.type === 'tracks') {
      this.#tracks = entry
      this.#further = undefined
    } else if (entry.type === 'further-tracks') this.#further = entry
    if (entry.type === 'boundary' && this.#tracks !== undefined) {
      const { boundary } = entry
      const position = this.#startPosition(boundary.time)
      const further = this.#further
      this.#starts.push({ position, mark: this.end, boundary, tracks: this.#tracks, further })
      if (!this.#awaitsReader) this.#forgetStarts()
    }
    this.#entries.push(entry)
    this.#bytes += size(entry)
    this.#trim()
  }

  /** Holds what this cursor needs. @returns lets go of it. */
  attach(cursor: RingCursor): () => void {
    this.#cursors.add(cursor)
    this.#awaitsReader = false
    return () => this.#cursors.delete(cursor)
  }

  /** The entry at a position that the ring `holds`, or undefined when it is not there yet. */
  at(position: number): StreamEntry | undefined {
    return this.#entries[this.#head + position - this.#first]
  }

  /** False when the entry at this position has left the ring: its reader was too slow. */
  holds(position: number): boolean {
    return position >= this.#first
  }

  /**
   * Where a reader that wants boundary `number` has to begin: at the newest boundary up to there at which
   * decoding can start, else at the oldest one after it. Undefined when there is none.
   */
  startAt(number: number): RingStart | undefined {
    const independent = this.#starts.filter((start) => start.boundary.independent)
    return (
      independent.findLast((start) => start.boundary.number <= number) ??
      independent.find((start) => start.boundary.number > number)
    )
  }

  /**
   * Sound and data that belong behind a boundary may have arrived just before it: a reader begins at the first such
   * entry. Entries of an earlier run are never included.
   */
  #startPosition(time: Millis): number {
    let position = this.end
    for (let back = this.end - 1; back >= this.#first; back--) {
      const entry = this.at(back)
      if (entry === undefined || entry.type === 'tracks' || isLastEntry(entry)) break
      if ((entry.type === 'video' || entry.type === 'audio') && timeOf(entry) < time - LONGEST_AHEAD) break
      if (belongsBehind(entry, time)) position = back
    }
    return position
  }

  /** True when dropping what is older leaves a boundary at which decoding can start. */
  #canDecodeFrom(oldest: RingStart | undefined): boolean {
    const number = oldest?.boundary.number ?? 0
    return this.#starts.some((start) => start.boundary.independent && start.boundary.number >= number)
  }

  #forgetStarts(): void {
    while (this.#starts.length > this.#limits.segments && this.#canDecodeFrom(this.#starts[1]))
      this.#starts.shift()
  }

  #trim(): void {
    let keepFrom = this.#starts[0]?.position ?? this.#first
    for (const { needs } of this.#cursors) keepFrom = Math.min(keepFrom, needs)
    while (this.#first < keepFrom) giveBackMedia(this.#takeOldest())
    // Somebody may be reading them still: what becomes of their memory is the garbage collector's business.
    while (this.#bytes > this.#limits.bytes && this.#entries.length - this.#head > 1) this.#takeOldest()
    while (this.#starts[0] !== undefined && this.#starts[0].position < this.#first) this.#starts.shift()
    if (this.#head > 1024 && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head)
      this.#head = 0
    }
  }

  #takeOldest(): StreamEntry | undefined {
    const entry = this.#entries[this.#head]
    if (entry === undefined) return undefined
    this.#entries[this.#head] = undefined
    this.#bytes -= size(entry)
    this.#head += 1
    this.#first += 1
    return entry
  }
}

/** A packet that begins up to half a packet before a boundary is the nearest to it, in milliseconds. */
const AUDIO_SLACK = 50
/** Data may be due this much later than the media that they came with (see `TimestampRepair.place`), in milliseconds. */
const LONGEST_AHEAD = 3_000

/** Whether an entry that came before the mark of a boundary belongs behind it. @param time - of the boundary. */
export function belongsBehind(entry: StreamEntry, time: Millis): boolean {
  const isSound = entry.type === 'audio' || (entry.type === 'further' && entry.packet.kind === 'audio')
  if (isSound) return entry.time >= time - AUDIO_SLACK
  return entry.type === 'data' && entry.time >= time
}

function giveBackMedia(entry: StreamEntry | undefined): void {
  if (entry?.type === 'video' || entry?.type === 'audio') giveBack(entry.payload)
}

function size(entry: StreamEntry): number {
  if (entry.type === 'further') return entry.packet.data.length
  return 'payload' in entry ? entry.payload.length : 0
}
