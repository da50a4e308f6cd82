import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { sameSecret } from '@sluice/cluster'
import {
  assertNever,
  type EpochMillis,
  epochMillis,
  errorCode,
  errorMessage,
  SluiceError,
} from '@sluice/core'
import type { Logger } from '@sluice/runtime'
import type { LiveStream } from '../live-stream.ts'
import type { Publisher } from '../on-air.ts'
import type { Publication } from '../publication.ts'
import type { Refusal } from '../publish-refusal.ts'
import { type RelayedMessage, type RelayOrder, RelayReader, writeOrder } from './relay-format.ts'
import { RELAY_PROTOCOL, type RelayRequest, readRelayTarget } from './relay-request.ts'

export interface RelayServerOptions {
  /** Attaches a publisher that another ingest has let in; undefined where the stream is not on air here. */
  readonly adopt: (stream: string, publisher: Publisher) => Promise<Publication | Refusal | undefined>
  /** The stream of this name that is on air here. */
  readonly find: (stream: string) => LiveStream | undefined
  /** What the other ingests have to show. */
  readonly token: string
  readonly log: Logger
}

/** Time for a publisher's ingest to hear why the relay ends, in milliseconds. */
const LAST_WORDS_MILLIS = 1_000

/** Takes publishers from other ingests whose streams are on air here: HTTP requests that become relays by an upgrade. */
export class RelayServer {
  readonly #options: RelayServerOptions
  readonly #sockets = new Set<Duplex>()

  constructor(options: RelayServerOptions) {
    this.#options = options
  }

  /** Handles an HTTP server's `upgrade`, to its end. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Uint8Array): Promise<void> {
    const { log, adopt } = this.#options
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', (error) => log.debug({ err: error.message }, 'a relay broke'))
    const target = readRelayTarget(request.url ?? '')
    if (target === undefined || request.headers.upgrade !== RELAY_PROTOCOL)
      return answer(socket, '404 Not Found')
    if (!this.#mayAsk(request.headers)) return answer(socket, '401 Unauthorized')
    const publisher = new RelayedPublisher(target, socket, log.child({ stream: target.stream }))
    const adopted = await adopt(target.stream, publisher)
    if (adopted === undefined) return answer(socket, '410 Gone')
    if ('code' in adopted) return answer(socket, '409 Conflict', JSON.stringify(adopted))
    publisher.begin(adopted, head)
  }

  /** A stream that is on air here, for the players of another ingest. */
  find(stream: string, headers: IncomingHttpHeaders): LiveStream | 'wrong token' | undefined {
    return this.#mayAsk(headers) ? this.#options.find(stream) : 'wrong token'
  }

  #mayAsk({ authorization = '' }: IncomingHttpHeaders): boolean {
    return sameSecret(authorization.replace(/^Bearer /, ''), this.#options.token)
  }

  /** Cuts all relays. */
  stop(): void {
    for (const socket of this.#sockets) socket.destroy()
  }
}

function answer(socket: Duplex, status: string, body = ''): void {
  const length = Buffer.byteLength(body)
  socket.end(`HTTP/1.1 ${status}\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${body}`)
}

/** A publisher that is connected to another ingest. */
class RelayedPublisher implements Publisher {
  readonly remoteAddress: string
  readonly client: string | undefined
  readonly user: string | undefined
  readonly canReconnect: boolean
  lastHeard: number = performance.now()
  readonly #socket: Duplex
  readonly #log: Logger
  readonly #reader = new RelayReader()
  #publication: Publication | undefined

  constructor({ remoteAddress, client, user, canReconnect }: RelayRequest, socket: Duplex, log: Logger) {
    this.remoteAddress = remoteAddress
    this.client = client
    this.user = user
    this.canReconnect = canReconnect
    this.#socket = socket
    this.#log = log.child({ remote: remoteAddress })
  }

  /** Goes on as a relay. @param head - bytes that came with the request. */
  begin(publication: Publication, head: Uint8Array): void {
    this.#publication = publication
    this.#log.info({ client: this.client }, 'publishing by way of another ingest')
    const socket = this.#socket
    if (socket instanceof Socket) socket.setNoDelay(true).setKeepAlive(true)
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${RELAY_PROTOCOL}\r\n\r\n`,
    )
    if (head.length > 0) this.#receive(head)
    socket.on('data', (bytes: Uint8Array) => this.#receive(bytes))
    socket.on('end', () => socket.end())
    socket.on('close', () => this.#leave(false))
    if (socket.destroyed) this.#leave(false)
  }

  disconnect(reason: string): void {
    this.#leave(false)
    this.#order({ type: 'disconnect', reason })
    this.#socket.end()
    setTimeout(() => this.#socket.destroy(), LAST_WORDS_MILLIS).unref()
  }

  requestReconnect(reason: string): void {
    this.#order({ type: 'reconnect', reason })
  }

  #order(order: RelayOrder): void {
    if (this.#socket.writable) this.#socket.write(writeOrder(order))
  }

  #receive(bytes: Uint8Array): void {
    this.lastHeard = performance.now()
    const now = epochMillis(Date.now())
    try {
      for (const message of this.#reader.receive(bytes)) this.#handle(message, now)
      this.#publication?.flush()
    } catch (error) {
      const code = errorCode(error)
      if (error instanceof SluiceError) this.#log.warn({ code }, `publisher disconnected: ${error.message}`)
      else this.#log.error({ code, err: error }, 'publisher disconnected by an internal error')
      this.disconnect(errorMessage(error))
    }
  }

  #handle(message: RelayedMessage, now: EpochMillis): void {
    const stream = this.#publication?.stream
    switch (message.type) {
      case 'video':
        stream?.video(message.timestamp, message.payload, now)
        return
      case 'audio':
        stream?.audio(message.timestamp, message.payload, now)
        return
      case 'metadata':
        stream?.metadata(message.properties)
        return
      case 'data':
        stream?.data(message.timestamp, message.name, message.payload, now)
        return
      case 'goodbye':
        this.#leave(true)
        return
      default:
        assertNever(message)
    }
  }

  #leave(clean: boolean): void {
    const publication = this.#publication
    this.#publication = undefined
    if (publication === undefined) return
    this.#log.info({ clean }, 'publisher gone')
    publication.detach(this, clean)
  }
}
