import {
  type Feed,
  type FeedRequest,
  isLastEntry,
  RingReader,
  type RingStart,
  type StreamEntry,
  type TracksEntry,
} from '@sluice/broadcast'
import { sameSecret } from '@sluice/cluster'
import type { Logger } from '@sluice/runtime'
import type { LiveStream } from './live-stream.ts'

/** A broadcast that workers may read. */
export interface FeedSource {
  readonly stream: LiveStream
  /** The bearer token its readers must show. */
  readonly token: string
  /** Called when an epoch's worker begins to read. */
  readonly readerCame: (epoch: number) => void
  /** Called when an epoch's worker stopped reading before the broadcast's end was delivered. */
  readonly readerLost: (epoch: number) => void
}

export interface FeedsOptions {
  /** The live broadcast with this id, or undefined. */
  readonly find: (broadcast: string) => FeedSource | undefined
  readonly log: Logger
}

/** Why a feed is not given. */
export type FeedRefusal = 'unknown broadcast' | 'wrong token' | 'nothing to start at'

/** Why a feed ended before its broadcast did. */
export type CutOff = 'slow' | 'gone'

const REASONS: Readonly<Record<CutOff, string>> = {
  slow: 'the reader was slower than the stream',
  gone: 'the reader went away',
}

/** The feeds of this ingest, for workers in this process and, by way of the feed server, in others. */
export class Feeds {
  readonly #options: FeedsOptions
  #reading = 0
  readonly #cutOff: Record<CutOff, number> = { slow: 0, gone: 0 }

  constructor(options: FeedsOptions) {
    this.#options = options
  }

  /** Feeds that are open. */
  get reading(): number {
    return this.#reading
  }

  /** How many were cut off so far, and why. */
  get cutOffs(): Readonly<Record<CutOff, number>> {
    return this.#cutOff
  }

  /** Whether there is a feed of a broadcast. */
  has(broadcast: string): boolean {
    return this.#options.find(broadcast) !== undefined
  }

  /** Begins a feed, which has to be closed. */
  open(request: FeedRequest): OpenFeed | FeedRefusal {
    const source = this.#options.find(request.broadcast)
    if (source === undefined) return 'unknown broadcast'
    if (!sameSecret(request.token, source.token)) return 'wrong token'
    const start = source.stream.ring.startAt(request.from)
    if (start === undefined) return 'nothing to start at'
    source.readerCame(request.epoch)
    this.#reading += 1
    return new OpenFeed(source.stream, start, (cutOff) => {
      this.#reading -= 1
      if (cutOff === undefined) return
      this.#cutOff[cutOff] += 1
      const { broadcast, epoch } = request
      const facts = { code: 'ingest.feed.cut_off', broadcast, epoch, reason: REASONS[cutOff] }
      this.#options.log.warn(facts, 'a feed was cut off')
      source.readerLost(epoch)
    })
  }

  /**
   * The feed for a worker in this process, without bytes in between. Payloads are the ring's own: they last until the next entries
   * are asked for.
   *
   * @param signal - cuts the feed off.
   * @returns undefined where it is refused: asked over HTTP, the feed server says why.
   */
  follow(request: FeedRequest, signal: AbortSignal): Feed | undefined {
    const feed = this.open(request)
    return feed instanceof OpenFeed ? entriesOf(feed, signal) : undefined
  }
}

/** One worker's place in a broadcast. Closing it before the end was delivered calls for another worker. */
export class OpenFeed {
  /** Those in force where the feed begins. */
  readonly tracks: TracksEntry
  /** Called when there may be more to be read, and when the feed is closed. */
  onNews: () => void = () => undefined
  readonly #reader: RingReader
  readonly #unsubscribe: () => void
  readonly #closed: (cutOff: CutOff | undefined) => void
  #isClosed = false
  #ended = false

  /** A place of somebody that the ring holds nothing for, and whose end concerns nobody. */
  static lookingOn(stream: LiveStream, start: RingStart): OpenFeed {
    return new OpenFeed(stream, start, () => undefined, false)
  }

  /**
   * @param closed - called once; `cutOff` says why the end was not delivered.
   * @param isHolding - whether the ring holds for it what it has not read. Default true.
   */
  constructor(
    stream: LiveStream,
    start: RingStart,
    closed: (cutOff: CutOff | undefined) => void,
    isHolding = true,
  ) {
    this.tracks = start.tracks
    this.#reader = new RingReader(stream.ring, start, isHolding)
    this.#closed = closed
    this.#unsubscribe = stream.subscribe(() => {
      // Also where the reader takes nothing at all any more: nobody else would notice.
      if (this.#reader.lost) this.close()
      else this.onNews()
    })
  }

  /** True once the end was delivered, be it that of the broadcast or of its time at this ingest. */
  get ended(): boolean {
    return this.#ended
  }

  /** True when nothing more will come: it has ended, or was closed by either side. */
  get over(): boolean {
    return this.#ended || this.#isClosed
  }

  /** The next entry, or undefined when there is none yet, or none any more. */
  next(): StreamEntry | undefined {
    if (this.over) return undefined
    const entry = this.#reader.next()
    if (entry !== undefined && isLastEntry(entry)) this.#ended = true
    return entry
  }

  /** What was given so far is needed no more: its payloads' memory is used for others. */
  finished(): void {
    this.#reader.finished()
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#unsubscribe()
    this.#reader.close()
    if (this.#ended) this.#closed(undefined)
    else this.#closed(this.#reader.lost ? 'slow' : 'gone')
    this.onNews()
  }
}

async function* entriesOf(
  feed: OpenFeed,
  signal: AbortSignal,
): AsyncGenerator<readonly StreamEntry[], void, undefined> {
  const close = (): void => feed.close()
  signal.addEventListener('abort', close)
  try {
    while (!feed.over && !signal.aborted) {
      const entries: StreamEntry[] = []
      for (let entry = feed.next(); entry !== undefined; entry = feed.next()) entries.push(entry)
      if (entries.length > 0) {
        yield entries
        feed.finished()
      } else
        await new Promise<void>((resolve) => {
          feed.onNews = resolve
        })
    }
  } finally {
    signal.removeEventListener('abort', close)
    feed.close()
  }
}
