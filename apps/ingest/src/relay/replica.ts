import { type ClientRequest, get, type IncomingMessage } from 'node:http'
import { FeedReader, Ring } from '@sluice/broadcast'
import { DependencyError, errorMessage } from '@sluice/core'
import type { Logger } from '@sluice/runtime'
import type { PlayedStream } from '../playback/played-stream.ts'
import { StreamPlayback } from '../playback/stream-playback.ts'
import type { IngestAddress } from './ingest-address.ts'

/** How long the other ingest may take to answer, in milliseconds. */
const ANSWER_MILLIS = 3_000
/** A replica that nobody watches stays for this long, in milliseconds: players come and go. */
const LINGER_MILLIS = 5_000

/** What a replica is of. */
export interface ReplicaOptions {
  readonly owner: IngestAddress
  readonly stream: string
  readonly log: Logger
  /** Called once, when nothing more comes: the broadcast is over, the other ingest is gone, or nobody watches any more. */
  readonly closed: () => void
}

/**
 * The recent past of a stream that another ingest has, for the players of this one: however many they are, its media cross from
 * ingest to ingest once.
 */
export class Replica implements PlayedStream {
  readonly ring: Ring = new Ring()
  readonly playback: StreamPlayback = new StreamPlayback(this)
  readonly #options: ReplicaOptions
  readonly #request: ClientRequest
  readonly #reader = new FeedReader()
  readonly #watchers = new Set<() => void>()
  #unwatched: NodeJS.Timeout | undefined
  #ended = false

  /**
   * Begins a replica.
   *
   * @returns undefined where the other ingest does not have the stream.
   * @throws {DependencyError} `ingest.relay.unreachable`, `ingest.relay.refused`.
   */
  static open(options: ReplicaOptions): Promise<Replica | undefined> {
    const { owner, stream } = options
    return new Promise((resolve, reject) => {
      const headers = { Authorization: `Bearer ${owner.token}` }
      const request = get(`${owner.url}/relay/${stream}`, { headers, agent: false }, (response) => {
        request.setTimeout(0)
        const { statusCode: status = 0 } = response
        if (status === 200) {
          resolve(new Replica(options, request, response))
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

  private constructor(options: ReplicaOptions, request: ClientRequest, response: IncomingMessage) {
    this.#options = options
    this.#request = request
    response.on('data', (bytes: Uint8Array) => this.#receive(bytes))
    response.on('error', (error) => options.log.debug({ err: error.message }, 'a replica broke off'))
    response.on('close', () => this.close())
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
    this.#request.destroy()
    this.ring.push({ type: 'end' })
    this.#options.closed()
    this.#wake()
  }

  #awaitWatcher(): void {
    if (this.#ended) return
    this.#unwatched = setTimeout(() => this.close(), LINGER_MILLIS).unref()
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
    for (const entry of this.#reader.entries()) {
      if (entry.type === 'end') this.close()
      else this.ring.push(entry)
    }
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#watchers) wake()
  }
}
