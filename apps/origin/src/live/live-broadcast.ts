import { epochMillis, errorCode, errorMessage } from '@sluice/core'
import {
  findRendition,
  hasMedia,
  type MediaFile,
  type PartFile,
  type ReloadRequest,
  type RenditionSnapshot,
  reloadState,
  renderMedia,
  renderMpd,
  renderMultivariant,
  Timeline,
  type TimelineEvent,
  type TimelineSnapshot,
} from '@sluice/manifest'
import type { Logger } from '@sluice/runtime'
import type { MediaCache } from './media-cache.ts'
import { RenderCache, type Rendered } from './render-cache.ts'
import type { TimelineSource } from './timeline-source.ts'
import { type WaitingRoom, WaitList, type WaitOutcome } from './wait-list.ts'

/** What a followed broadcast shares with the others. */
export interface BroadcastServices {
  readonly source: TimelineSource
  readonly media: MediaCache
  readonly room: WaitingRoom
  readonly log: Logger
  /** Seconds of the live window. */
  readonly windowSeconds: number
  /** For UTCTiming: relative to the MPD, or absolute. */
  readonly timeServerUrl: string
}

/** A broadcast whose timeline this origin follows: its snapshot, its renderings, its files. */
export class LiveBroadcast {
  readonly id: string
  readonly stream: string
  readonly #services: BroadcastServices
  readonly #timeline: Timeline
  readonly #renders = new RenderCache()
  readonly #waits: WaitList
  readonly #kinds = new Map<string, 'video' | 'audio'>()
  #caughtUp = false
  #firstSegmentAt: number | undefined
  #subscription: { stop(): Promise<void> } | undefined
  #stopped = false

  private constructor(stream: string, id: string, services: BroadcastServices) {
    this.id = id
    this.stream = stream
    this.#services = services
    this.#timeline = new Timeline({ window: services.windowSeconds })
    this.#waits = new WaitList(services.room)
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

  /** True while requests wait for it. */
  get awaited(): boolean {
    return this.#waits.busy
  }

  /** When the origin first saw a complete segment, in milliseconds since the epoch. */
  get firstSegmentAt(): number | undefined {
    return this.#firstSegmentAt
  }

  /** The multivariant playlist, undefined until a player could start. */
  multivariant(): Rendered | undefined {
    const snapshot = this.snapshot
    if (snapshot === undefined || !snapshot.renditions.some(hasMedia)) return undefined
    return this.#renders.get('multivariant', String(snapshot.version), () => renderMultivariant(snapshot))
  }

  /** The MPD, undefined until there is a segment. */
  mpd(): Rendered | undefined {
    const snapshot = this.snapshot
    if (snapshot === undefined) return undefined
    const { timeServerUrl } = this.#services
    return this.#renders.get('mpd', String(snapshot.version), () =>
      renderMpd(snapshot, { publishTime: epochMillis(Date.now()), timeServerUrl }),
    )
  }

  /** A rendition's media playlist, undefined where it is unknown or has no media yet. */
  media(rendition: string): Rendered | undefined {
    const snapshot = this.snapshot
    const window = snapshot && findRendition(snapshot, rendition)
    if (snapshot === undefined || window === undefined) return undefined
    return this.#renders.get(`media ${rendition}`, String(window.version), () =>
      renderMedia(snapshot, rendition),
    )
  }

  rendition(id: string): RenditionSnapshot | undefined {
    return this.snapshot && findRendition(this.snapshot, id)
  }

  /** Whether the playlist holds what a blocking request asks for; undefined before the timeline has begun. */
  reloadState(rendition: string, request: ReloadRequest): ReturnType<typeof reloadState> | undefined {
    return this.snapshot && reloadState(this.snapshot, rendition, request)
  }

  /** Waits for a change after which `look` gives something. */
  wait<T>(look: () => T | undefined, millis: number, signal: AbortSignal): Promise<WaitOutcome<T>> {
    return this.#waits.wait(look, millis, signal)
  }

  /** What a file name stands for, undefined when this broadcast does not have it. */
  file(rendition: string, name: string): MediaFile | undefined {
    return this.#timeline.file(rendition, name)
  }

  /** `video` or `audio`, also for a rendition that was taken away. */
  kindOf(rendition: string): 'video' | 'audio' {
    return this.#kinds.get(rendition) ?? 'video'
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
    if (event.type === 'segment') this.#firstSegmentAt ??= Date.now()
    // What is older than this origin's interest is read when somebody asks for it.
    if (this.#caughtUp) this.#preload(event)
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
        const { rendition, name, size } = event
        const owner = { stream: this.stream, rendition }
        return media.complete(owner, { kind: 'segment', name, size }, this.#partsOf(rendition))
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
