import { type ClientRequest, get, type IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { FeedReader, Ring, type StreamEntry } from '@sluice/broadcast'
import { DependencyError, errorCode, errorMessage } from '@sluice/core'
import type { Logger } from '@sluice/runtime'
import type { PlayedStream } from '../playback/played-stream.ts'
import { StreamPlayback } from '../playback/stream-playback.ts'
import type { IngestAddress } from './ingest-address.ts'

/** How long the other ingest may take to answer, in milliseconds. */
const ANSWER_MILLIS = 3_000
/** A replica that nobody watches stays for this long, in milliseconds: players come and go. */
const LINGER_MILLIS = 5_000
/** A stream that moves has this long to be at another ingest, in milliseconds. */
const MOVE_MILLIS = 15_000
/** Between two looks whether it is, in milliseconds. */
const LOOK_MILLIS = 100

/** What a replica is of. */
export interface ReplicaOptions {
  readonly owner: IngestAddress
  readonly stream: string
  /** Which ingest has the stream now, this one included; undefined while none has. */
  readonly locate: () => Promise<IngestAddress | undefined>
  readonly log: Logger
  /** Called once, when nothing more comes: the broadcast is over, the other ingest is gone, or nobody watches any more. */
  readonly closed: () => void
}

/** An answer that goes on for as long as the stream is there. */
interface Source {
  readonly owner: IngestAddress
  readonly request: ClientRequest
  readonly response: IncomingMessage
}

/**
 * The recent past of a stream that another ingest has, for the players of this one: however many they are, its media cross from
 * ingest to ingest once. When the stream moves to a further ingest, the replica goes with it, also to this one: its players notice
 * no more than a publisher's reconnect.
 */
export class Replica implements PlayedStream {
  readonly ring: Ring = new Ring()
  readonly playback: StreamPlayback = new StreamPlayback(this)
  readonly #options: ReplicaOptions
  #source: Source
  #reader = new FeedReader()
  /** Number of the latest boundary: after a move it goes on from there. */
  #boundary = -1
  readonly #watchers = new Set<() => void>()
  #isMoving = false
  #unwatched: NodeJS.Timeout | undefined
  #ended = false

  /**
   * Begins a replica.
   *
   * @returns undefined where the other ingest does not have the stream.
   * @throws {DependencyError} `ingest.relay.unreachable`, `ingest.relay.refused`.
   */
  static async open(options: ReplicaOptions): Promise<Replica | undefined> {
    const source = await ask(options.owner, options.stream)
    return source && new Replica(options, source)
  }

  private constructor(options: ReplicaOptions, source: Source) {
    this.#options = options
    this.#source = source
    this.#read(source)
    this.#awaitWatcher()
  }

  get ended(): boolean {
    return this.#ended
  }

  get properties(): PlayedStream['properties'] {
    return this.#reader.properties
  }

  subscribe(wake: () => void): () => void {
    clearTimeout(this.#unwatched)
    this.#watchers.add(wake)
    return () => {
      this.#watchers.delete(wake)
      if (this.#watchers.size === 0) this.#awaitWatcher()
    }
  }

  /** Ends it for those who watch it. */
  close(): void {
    if (this.#ended) return
    this.#ended = true
    clearTimeout(this.#unwatched)
    this.#source.request.destroy()
    this.ring.push({ type: 'end' })
    this.#options.closed()
    this.#wake()
  }

  #awaitWatcher(): void {
    if (this.#ended) return
    this.#unwatched = setTimeout(() => this.close(), LINGER_MILLIS).unref()
  }

  #read(source: Source): void {
    this.#source = source
    this.#reader = new FeedReader()
    const { response } = source
    response.on('data', (bytes: Uint8Array) => {
      if (this.#source === source) this.#receive(bytes)
    })
    response.on('error', (error) => this.#options.log.debug({ err: error.message }, 'a replica broke off'))
    response.on('close', () => {
      if (this.#source === source && !this.#isMoving) this.close()
    })
  }

  #receive(bytes: Uint8Array): void {
    if (this.#ended) return
    try {
      this.#reader.receive(bytes)
    } catch (error) {
      this.#options.log.error({ err: errorMessage(error) }, 'a replica could not be read')
      this.close()
      return
    }
    for (const entry of this.#reader.entries()) this.#entry(entry)
    this.#wake()
  }

  #entry(entry: StreamEntry): void {
    if (entry.type === 'moved') {
      void this.#follow()
      return
    }
    // A boundary that is not ahead is another broadcast's.
    if (entry.type === 'end' || (entry.type === 'boundary' && entry.boundary.number <= this.#boundary)) {
      this.close()
      return
    }
    if (entry.type === 'boundary') this.#boundary = entry.boundary.number
    if (!this.#ended) this.ring.push(entry)
  }

  /** Goes on where the stream is now. Ends the replica where it is nowhere in time. Never rejects. */
  async #follow(): Promise<void> {
    const { stream, locate, log } = this.#options
    const left = this.#source.owner
    this.#isMoving = true
    try {
      for (const deadline = Date.now() + MOVE_MILLIS; !this.#ended; await delay(LOOK_MILLIS)) {
        const owner = await locate()
        const source = owner && owner.token !== left.token && (await ask(owner, stream))
        if (this.#ended && source) source.request.destroy()
        else if (source) this.#read(source)
        if (source) break
        if (Date.now() > deadline) this.close()
      }
    } catch (error) {
      log.warn({ code: errorCode(error), err: errorMessage(error) }, 'a replica could not follow its stream')
      this.close()
    } finally {
      this.#isMoving = false
    }
  }

  #wake(): void {
    for (const wake of this.#watchers) wake()
  }
}

/**
 * Asks an ingest for a stream that its players watch.
 *
 * @returns undefined where it does not have the stream.
 * @throws {DependencyError} `ingest.relay.unreachable`, `ingest.relay.refused`.
 */
function ask(owner: IngestAddress, stream: string): Promise<Source | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { Authorization: `Bearer ${owner.token}` }
    const request = get(`${owner.url}/relay/${stream}`, { headers, agent: false }, (response) => {
      request.setTimeout(0)
      const { statusCode: status = 0 } = response
      if (status === 200) {
        resolve({ owner, request, response })
        return
      }
      response.resume()
      if (status === 404) resolve(undefined)
      else
        reject(
          new DependencyError('ingest.relay.refused', `${owner.url} answered ${status} for ${stream}`, {
            details: { status },
          }),
        )
    })
    request.setTimeout(ANSWER_MILLIS, () => request.destroy(new Error(`no answer in ${ANSWER_MILLIS} ms`)))
    request.on('error', (cause) => {
      const what = `the ingest at ${owner.url} does not answer: ${cause.message}`
      reject(new DependencyError('ingest.relay.unreachable', what, { cause }))
    })
  })
}
