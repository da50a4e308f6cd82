import { performance } from 'node:perf_hooks'
import { epochMillis, errorCode, errorMessage, ticks, ticksToMillis } from '@sluice/core'
import {
  findRendition,
  hasMedia,
  type MediaFile,
  type MediaOptions,
  type MpdOptions,
  type MultivariantOptions,
  type PartFile,
  type ReloadRequest,
  type RenditionSnapshot,
  rangeQuery,
  reloadState,
  renderMedia,
  renderMpd,
  renderMultivariant,
  renderTransportMedia,
  renderTransportMultivariant,
  Timeline,
  type TimelineEvent,
  type TimelineSnapshot,
  transportRung,
} from '@sluice/manifest'
import type { Logger } from '@sluice/runtime'
import type { MediaCache } from './media-cache.ts'
import { MediaClock } from './media-clock.ts'
import type { OpenSegment } from './open-segment.ts'
import { OpenSegments } from './open-segments.ts'
import type { OriginTotals } from './origin-totals.ts'
import { RenderCache, type Rendered } from './render-cache.ts'
import type { TimelineSource } from './timeline-source.ts'
import { canBeMade, makeTransportSegment } from './transport-segment.ts'
import {
  type Awaited,
  type Ended,
  type Viewer,
  type WaitingRoom,
  WaitList,
  type WaitOutcome,
} from './wait-list.ts'

/** What a followed broadcast shares with the others. */
export interface BroadcastServices {
  readonly source: TimelineSource
  readonly media: MediaCache
  readonly room: WaitingRoom
  readonly totals: OriginTotals
  readonly log: Logger
  /** Seconds of the live window. */
  readonly windowSeconds: number
  /** For UTCTiming, relative to the MPD or absolute; the stream's name is put behind it. */
  readonly timeServerUrl: string
  /** See {@link OpenSegment}. */
  readonly slowReaderMillis: number
}

/** In target durations. */
const LONGEST_HOLD_TARGETS = 3

/** A broadcast whose timeline this origin follows: its snapshot, its renderings, its files. */
export class LiveBroadcast {
  readonly id: string
  readonly stream: string
  readonly #services: BroadcastServices
  readonly #timeline: Timeline
  readonly #renders: RenderCache
  readonly #waits: WaitList
  readonly #openSegments: OpenSegments
  readonly #clock = new MediaClock()
  readonly #kinds = new Map<string, 'video' | 'audio'>()
  #caughtUp = false
  #firstSegmentAt: number | undefined
  readonly #viewed = { video: 0, audio: 0 }
  #subscription: { stop(): Promise<void> } | undefined
  #stopped = false

  private constructor(stream: string, id: string, services: BroadcastServices) {
    this.id = id
    this.stream = stream
    this.#services = services
    this.#renders = new RenderCache(services.totals.documents)
    this.#timeline = new Timeline({ window: services.windowSeconds })
    this.#waits = new WaitList(services.room)
    this.#openSegments = new OpenSegments(
      (rendition, part) => this.read(rendition, part),
      services.slowReaderMillis,
    )
  }

  /** Starts to follow a broadcast; resolves when its timeline has been read. */
  static async follow(stream: string, id: string, services: BroadcastServices): Promise<LiveBroadcast> {
    const broadcast = new LiveBroadcast(stream, id, services)
    broadcast.#subscription = await services.source.follow(id, (events) => broadcast.#take(events))
    broadcast.#caughtUp = true
    return broadcast
  }

  /** Undefined until the timeline has begun. */
  get snapshot(): TimelineSnapshot | undefined {
    return this.#timeline.snapshot()
  }

  /** True once a player could start. */
  get isPlayable(): boolean {
    return this.snapshot?.renditions.some(hasMedia) === true
  }

  /** How many playlists and manifests were rendered so far. */
  get renders(): number {
    return this.#renders.renders
  }

  /** True while requests wait for it. */
  get awaited(): boolean {
    return this.#waits.busy
  }

  /** When the origin first saw a complete segment, by the monotonic clock in milliseconds. */
  get firstSegmentAt(): number | undefined {
    return this.#firstSegmentAt
  }

  /**
   * How long a request may wait for media that is about to come.
   *
   * @see draft-pantos-hls-rfc8216bis §6.2.5.2
   */
  get longestHoldMillis(): number {
    return LONGEST_HOLD_TARGETS * (this.snapshot?.targetDuration ?? 1) * 1000
  }

  /** The multivariant playlist, undefined until a player could start. */
  multivariant(options: MultivariantOptions = {}): Rendered | undefined {
    const snapshot = this.snapshot
    if (snapshot === undefined || !this.isPlayable) return undefined
    const { soundAlone = true, range } = options
    const document = `${soundAlone ? 'multivariant' : 'multivariant without sound alone'} ${rangeQuery(range)}`
    return this.#renders.get(document, String(snapshot.version), () => renderMultivariant(snapshot, options))
  }

  /** The time of day as its media have it, in whole milliseconds since the epoch; see {@link MediaClock}. */
  now(): number {
    return Math.round(this.#clock.now(Date.now(), performance.now()))
  }

  /** The MPD, undefined until there is a segment; see {@link MpdOptions}. */
  mpd(latency: MpdOptions['latency']): Rendered | undefined {
    const snapshot = this.snapshot
    if (snapshot === undefined) return undefined
    const { timeServerUrl } = this.#services
    return this.#renders.get(`mpd ${latency}`, String(snapshot.segmentsVersion), () =>
      renderMpd(snapshot, {
        publishTime: epochMillis(this.now()),
        timeServerUrl: `${timeServerUrl}/${encodeURIComponent(this.stream)}`,
        latency,
      }),
    )
  }

  /**
   * A rendition's media playlist, undefined where it is unknown or has no media yet. What it says of the other renditions
   * is as new as the rest: a change in one of them makes another list of it, when somebody asks.
   */
  media(rendition: string, options: MediaOptions = {}): Rendered | undefined {
    const snapshot = this.snapshot
    if (snapshot === undefined) return undefined
    const { skip = false, range } = options
    const document = `${skip ? 'delta' : 'media'} ${rendition} ${rangeQuery(range)}`
    return this.#renders.get(document, String(snapshot.version), () =>
      renderMedia(snapshot, rendition, options),
    )
  }

  /** The multivariant playlist of the transport streams, undefined where nothing can be one. */
  transportMultivariant({
    soundAlone = true,
  }: Pick<MultivariantOptions, 'soundAlone'> = {}): Rendered | undefined {
    const snapshot = this.snapshot
    if (snapshot === undefined) return undefined
    const document = soundAlone ? 'ts multivariant' : 'ts multivariant without sound alone'
    return this.#renders.get(document, String(snapshot.segmentsVersion), () =>
      renderTransportMultivariant(snapshot, { soundAlone }),
    )
  }

  /** A rendition's media playlist as a transport stream, undefined where it cannot be one or has no segment yet. */
  transportMedia(rendition: string): Rendered | undefined {
    const snapshot = this.snapshot
    if (snapshot === undefined || !this.canBeTransportStream(rendition)) return undefined
    return this.#renders.get(`ts ${rendition}`, String(snapshot.segmentsVersion), () =>
      renderTransportMedia(snapshot, rendition),
    )
  }

  /** True for a rendition, also a planned one, in codecs that transport streams are made of. */
  canBeTransportStream(rendition: string): boolean {
    return this.snapshot !== undefined && transportRung(this.snapshot, rendition) !== undefined
  }

  /**
   * A transport stream segment, made once however many ask for it; undefined for what is none of this broadcast's.
   *
   * @throws {DependencyError} `store.…`
   */
  async transportSegment(rendition: string, name: string): Promise<Uint8Array | undefined> {
    if (!canBeMade(this, rendition, name)) return undefined
    const owner = { stream: this.stream, rendition: `ts/${rendition}` }
    return this.#services.media.made(owner, name, () => makeTransportSegment(this, rendition, name))
  }

  rendition(id: string): RenditionSnapshot | undefined {
    return this.snapshot && findRendition(this.snapshot, id)
  }

  /** Whether the playlist holds what a blocking request asks for; undefined before the timeline has begun. */
  reloadState(rendition: string, request: ReloadRequest): ReturnType<typeof reloadState> | undefined {
    return this.snapshot && reloadState(this.snapshot, rendition, request)
  }

  /** Waits for a change after which `look` gives something; see {@link WaitList.wait}. */
  wait<T>(awaited: Awaited<T>, viewer: Viewer): Promise<WaitOutcome<T>> {
    return this.#waits.wait(awaited, viewer)
  }

  /** The same without a promise; see {@link WaitList.join}. */
  join<T, V extends Viewer>(awaited: Awaited<T>, viewer: V, ended: Ended<T, V>): WaitOutcome<T> | undefined {
    return this.#waits.join(awaited, viewer, ended)
  }

  /** True for the part that playlists announce as the next one, while it is not there yet. */
  announcesPart(rendition: string, name: string): boolean {
    return this.rendition(rendition)?.next?.name === name
  }

  /** What a file name stands for, undefined when this broadcast does not have it. */
  file(rendition: string, name: string): MediaFile | undefined {
    return this.#timeline.file(rendition, name)
  }

  /** The segment of that name while it is being made; it is no file yet. */
  openSegment(rendition: string, name: string): OpenSegment | undefined {
    return this.#openSegments.get(rendition, name)
  }

  /** True for the names that the rendition's next segments will have. */
  expectsSegment(rendition: string, name: string): boolean {
    return this.#openSegments.expects(rendition, name)
  }

  /** True for the name of a segment that was foretold, or begun, and will never be complete; see {@link OpenSegments.isOvertaken}. */
  isOvertaken(rendition: string, name: string): boolean {
    return this.#openSegments.isOvertaken(rendition, name)
  }

  /** `video` or `audio`, also for a rendition that was taken away. */
  kindOf(rendition: string): 'video' | 'audio' {
    return this.#kinds.get(rendition) ?? 'video'
  }

  /** Seconds of pictures that were asked for so far; of sound where there are no pictures. */
  get viewedSeconds(): number {
    return this.#viewed.video > 0 ? this.#viewed.video : this.#viewed.audio
  }

  /** A segment or a part is asked for: it counts as long as segments or parts aim to be. */
  countView(rendition: string, what: 'segment' | 'part'): void {
    const { snapshot } = this
    if (snapshot === undefined) return
    const seconds = what === 'part' ? snapshot.partTarget / 1000 : snapshot.targetDuration
    const kind = this.kindOf(rendition)
    this.#viewed[kind] += seconds
    this.#services.totals.viewed[kind] += seconds
  }

  /** Reads a file; see {@link MediaCache.read}. */
  read(rendition: string, file: MediaFile): Promise<Uint8Array | undefined> {
    return this.#services.media.read({ stream: this.stream, rendition }, file)
  }

  /** The broadcast is over although nobody wrote so into its timeline. */
  end(): void {
    if (this.snapshot !== undefined && !this.snapshot.ended) this.#take([{ type: 'end' }])
  }

  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    this.#waits.close()
    this.#openSegments.abandonAll()
    await this.#subscription?.stop()
  }

  #take(events: readonly TimelineEvent[]): void {
    for (const event of events) {
      try {
        if (this.#timeline.apply(event) === 'applied') this.#applied(event)
      } catch (error) {
        const { id: broadcast, stream } = this
        this.#services.log.warn(
          { stream, broadcast, event: event.type, code: errorCode(error) },
          `a timeline event makes no sense and is left out: ${errorMessage(error)}`,
        )
      }
    }
    this.#waits.changed()
  }

  #applied(event: TimelineEvent): void {
    if (event.type === 'rendition') this.#kinds.set(event.rendition.id, event.rendition.kind)
    if (event.type === 'segment') this.#firstSegmentAt ??= performance.now()
    // What is older than this origin's interest is read when somebody asks for it.
    if (this.#caughtUp) this.#preload(event)
    this.#openSegments.apply(event)
    if (this.#caughtUp && (event.type === 'part' || event.type === 'segment')) this.#observe(event.rendition)
  }

  #observe(rendition: string): void {
    const { snapshot } = this
    const window = snapshot && findRendition(snapshot, rendition)
    const newest = window?.open?.parts.at(-1) ?? window?.segments.at(-1)
    if (snapshot === undefined || window === undefined || newest === undefined) return
    const end = ticks(newest.start + newest.duration)
    const wallClock = snapshot.startedAt + ticksToMillis(end, window.rendition.timescale)
    this.#clock.observe(wallClock, performance.now())
  }

  /** Brings new media into memory before viewers ask for it. */
  #preload(event: TimelineEvent): void {
    const loading = this.#load(event)
    loading?.catch((error: unknown) => {
      const { id: broadcast, stream } = this
      this.#services.log.debug(
        { stream, broadcast, code: errorCode(error) },
        `new media cannot be read: ${errorMessage(error)}`,
      )
    })
  }

  #load(event: TimelineEvent): Promise<unknown> | undefined {
    const { media } = this.#services
    switch (event.type) {
      case 'rendition': {
        const { id, init } = event.rendition
        return init && media.read({ stream: this.stream, rendition: id }, { kind: 'init', name: init.name })
      }
      case 'part': {
        const { rendition, name, part, offset, size } = event
        const file: PartFile = { kind: 'part', name: `${name}#${part}`, segment: name, offset, size }
        return media.read({ stream: this.stream, rendition }, file)
      }
      case 'segment': {
        const { rendition, name } = event
        const file = this.#timeline.file(rendition, name)
        if (file?.kind !== 'segment') return undefined
        return media.complete({ stream: this.stream, rendition }, file, this.#partsOf(rendition))
      }
      default:
        return undefined
    }
  }

  /** The parts of a rendition's newest segment. */
  #partsOf(rendition: string): readonly PartFile[] {
    const parts = this.rendition(rendition)?.segments.at(-1)?.parts ?? []
    return parts.flatMap(({ name }) => {
      const file = this.#timeline.file(rendition, name)
      return file?.kind === 'part' ? [file] : []
    })
  }
}
