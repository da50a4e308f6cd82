import type { Cluster } from '@sluice/cluster'
import { type EpochMillis, epochMillis, millis, ticks, timescale, VIDEO_TIMESCALE } from '@sluice/core'
import {
  type AudioRendition,
  initFileName,
  type Rendition,
  segmentFileName,
  type TimelineEvent,
  type VideoRendition,
} from '@sluice/manifest'
import type { FsStore } from '@sluice/store'

const PART_SECONDS = 0.5
const PARTS = 4

const PROFILE = {
  name: 'source',
  kind: 'source' as const,
  rungs: [],
  audio: { codec: 'aac' as const, bitrate: 128_000, maxChannels: 2 },
}

export const SOURCE: VideoRendition = {
  kind: 'video',
  id: 'source',
  order: 0,
  codecString: 'avc1.64001f',
  timescale: VIDEO_TIMESCALE,
  nominalBitrate: 2_000_000,
  init: undefined,
  width: 1280,
  height: 720,
  frameRate: 30,
  audio: 'audio-source',
}

export const LOW: VideoRendition = { ...SOURCE, id: '360p', order: 1, width: 640, height: 360 }

export const AUDIO: AudioRendition = {
  kind: 'audio',
  id: 'audio-source',
  order: 2,
  codecString: 'mp4a.40.2',
  timescale: timescale(48_000),
  nominalBitrate: 128_000,
  init: undefined,
  sampleRate: 48_000,
  channels: 2,
}

/** Plays the ingest and the worker: writes bytes to the store and events to the timeline, in that order. */
export class TestBroadcast {
  readonly id: string
  readonly stream: string
  readonly startedAt: EpochMillis
  /** How often a part repeats the text that tells it apart: some 25 bytes. */
  repeats = 40
  /** Version of the init segment that what comes next needs; see {@link configure}. */
  initVersion = 0
  /** Of the worker that makes what comes next. */
  epoch = 1
  readonly #store: FsStore
  readonly #append: (events: readonly TimelineEvent[]) => Promise<void>
  readonly #cluster: Cluster

  private constructor(
    cluster: Cluster,
    store: FsStore,
    broadcast: { id: string; stream: string; startedAt: EpochMillis },
    epoch: number,
  ) {
    this.id = broadcast.id
    this.stream = broadcast.stream
    this.startedAt = broadcast.startedAt
    this.#cluster = cluster
    this.#store = store
    const keep = millis(120_000)
    const writer = cluster.timelineWriter({ broadcast: this.id, epoch, keep, keepParts: keep })
    this.#append = (events) => writer.append(events)
  }

  /** Puts a stream on air; nothing is in its timeline but its start and its planned renditions. */
  static async begin(
    { cluster, store }: { readonly cluster: Cluster; readonly store: FsStore },
    stream: string,
    renditions: readonly Rendition[],
  ): Promise<TestBroadcast> {
    const startedAt = epochMillis(Date.now())
    const { id } = await cluster.broadcasts.create({ stream, startedAt, profile: PROFILE })
    const epoch = await cluster.broadcasts.nextEpoch(id)
    const broadcast = new TestBroadcast(cluster, store, { id, stream, startedAt }, epoch)
    await broadcast.#append([
      { type: 'start', broadcast: id, startedAt, targetDuration: 2, partTarget: millis(500) },
      ...renditions.map((rendition): TimelineEvent => ({ type: 'rendition', rendition })),
    ])
    return broadcast
  }

  /** The bytes of a part: told apart from those of every other. */
  bytes(rendition: Rendition, segment: number, part: number): Uint8Array {
    const text = `${this.id}/${rendition.id}/${segment}/${part};`
    return new TextEncoder().encode(text.repeat(this.repeats))
  }

  segmentBytes(rendition: Rendition, segment: number): Uint8Array {
    const parts = Array.from({ length: PARTS }, (_, part) => this.bytes(rendition, segment, part))
    return Buffer.concat(parts)
  }

  segmentName(segment: number): string {
    return segmentFileName(this.id, this.epoch, this.initVersion, segment)
  }

  initName(): string {
    return initFileName(this.id, this.epoch, this.initVersion)
  }

  /** The rendition's encoder has begun. */
  async configure(rendition: Rendition): Promise<void> {
    const name = this.initName()
    await this.#store.put(this.#key(rendition, name), new TextEncoder().encode(`init of ${rendition.id}`))
    await this.#append([
      { type: 'rendition', rendition: { ...rendition, init: { version: this.initVersion, name } } },
    ])
  }

  /** Writes parts `from` to `to` (excluded) of a segment. */
  async parts(rendition: Rendition, segment: number, from = 0, to = PARTS): Promise<void> {
    const name = this.segmentName(segment)
    // The fake has no open writer between two calls: it puts what the file holds so far.
    const written = Array.from({ length: to }, (_, part) => this.bytes(rendition, segment, part))
    await this.#store.put(this.#key(rendition, name), Buffer.concat(written))
    const events: TimelineEvent[] = []
    for (let part = from; part < to; part++) {
      const seconds = segment * PARTS * PART_SECONDS + part * PART_SECONDS
      events.push({
        type: 'part',
        rendition: rendition.id,
        segment,
        part,
        name,
        init: this.initVersion,
        start: ticks(seconds * rendition.timescale),
        duration: ticks(PART_SECONDS * rendition.timescale),
        independent: part === 0,
        offset: written.slice(0, part).reduce((sum, bytes) => sum + bytes.byteLength, 0),
        size: written[part]?.byteLength ?? 0,
      })
    }
    await this.#append(events)
  }

  /** Closes a segment whose parts are all written. */
  async close(rendition: Rendition, segment: number): Promise<void> {
    await this.#append([
      {
        type: 'segment',
        rendition: rendition.id,
        segment,
        name: this.segmentName(segment),
        init: this.initVersion,
        start: ticks(segment * PARTS * PART_SECONDS * rendition.timescale),
        duration: ticks(PARTS * PART_SECONDS * rendition.timescale),
        independent: true,
        size: this.segmentBytes(rendition, segment).byteLength,
      },
    ])
  }

  /** A whole segment of each of these renditions. */
  async segment(segment: number, ...renditions: readonly Rendition[]): Promise<void> {
    for (const rendition of renditions) {
      await this.parts(rendition, segment)
      await this.close(rendition, segment)
    }
  }

  /** Takes the stream off the air. */
  async end(): Promise<void> {
    await this.#append([{ type: 'end' }])
    await this.#cluster.broadcasts.end(this.id, epochMillis(Date.now()), 60_000)
  }

  #key(rendition: Rendition, name: string): string {
    return `${this.stream}/${rendition.id}/${name}`
  }
}
