import { randomBytes } from 'node:crypto'
import { assertNever, epochMillis, errorCode, errorMessage, SluiceError } from '@sluice/core'
import { type RtmpLimits, ServerSession, type ServerSessionEvent } from '@sluice/rtmp'
import type { Logger } from '@sluice/runtime'
import type { Hub } from './hub.ts'
import type { Link, LinkEvents } from './link.ts'
import type { OnAir, Publisher } from './on-air.ts'
import type { PublishRequest } from './publish-request.ts'
import { farewellTo } from './wrong-protocol.ts'

/** How long a connection may take for what, in milliseconds. */
export interface ConnectionTimeouts {
  /** From the connection to the publish, and between two publishes. */
  readonly handshake: number
  /** Between two pieces of data. */
  readonly idle: number
}

export const DEFAULT_TIMEOUTS: ConnectionTimeouts = { handshake: 10_000, idle: 60_000 }

/** What all connections of an ingest share, whatever link they come over. */
export interface ConnectionSettings {
  readonly hub: Hub
  readonly log: Logger
  /** Default `DEFAULT_RTMP_LIMITS`. */
  readonly limits?: Partial<RtmpLimits>
  /** Default `DEFAULT_TIMEOUTS`. */
  readonly timeouts?: ConnectionTimeouts
  /** What to do with clients that want RTMPE. Default `refuse`. */
  readonly encryption?: 'refuse' | 'accept'
}

/** Time that a refusal has to reach the client before the connection is cut, in milliseconds. */
const LAST_WORDS_MILLIS = 1_000

/**
 * One RTMP connection: takes what a link receives to its session, and what the session says to the link and the hub.
 * Whatever happens here ends at most this connection.
 */
export class RtmpConnection implements Publisher, LinkEvents {
  readonly #link: Link
  readonly #session: ServerSession
  readonly #hub: Hub
  readonly #timeouts: ConnectionTimeouts
  readonly remoteAddress: string
  client: string | undefined
  lastHeard: number = Date.now()
  #log: Logger
  #onAir: OnAir | undefined
  #finished = false
  #deadline: NodeJS.Timeout | undefined

  constructor(link: Link, settings: ConnectionSettings) {
    const { hub, log, limits = {}, timeouts = DEFAULT_TIMEOUTS, encryption = 'refuse' } = settings
    this.#hub = hub
    this.#timeouts = timeouts
    this.#link = link
    this.remoteAddress = link.remoteAddress
    this.#log = log.child({ remote: this.remoteAddress })
    this.#session = new ServerSession({
      randomBytes: (size) => randomBytes(size),
      limits,
      encryption,
    })
    this.#awaitPublish()
    link.attach(this, timeouts.idle)
  }

  /** Ends the connection, telling the client why where it can be told. */
  disconnect(reason: string): void {
    this.#session.disconnect('NetStream.Publish.Denied', reason)
    this.#drain()
  }

  #awaitPublish(): void {
    const { handshake } = this.#timeouts
    clearTimeout(this.#deadline)
    this.#deadline = setTimeout(() => {
      this.#close('ingest.rtmp.no_publish', `no publish within ${handshake / 1000} s`)
    }, handshake)
  }

  received(bytes: Uint8Array): void {
    this.lastHeard = Date.now()
    this.#session.receive(bytes, this.lastHeard)
    this.#drain()
  }

  idle(): void {
    this.#close('ingest.rtmp.idle', `nothing was sent for ${this.#timeouts.idle / 1000} s`)
  }

  broken(reason: string): void {
    this.#log.debug({ err: reason }, 'the connection broke')
  }

  closed(farewell: boolean): void {
    clearTimeout(this.#deadline)
    this.#finished = true
    this.#leave(farewell)
    this.#session.close('connection closed')
  }

  #drain(): void {
    try {
      for (const event of this.#session.events()) this.#handle(event)
    } catch (error) {
      this.#fail(error)
    }
    this.#onAir?.flush()
    this.#write()
  }

  #write(): void {
    const output = this.#session.output()
    if (output.length > 0) this.#link.write(output)
  }

  #handle(event: ServerSessionEvent): void {
    switch (event.type) {
      case 'video':
        this.#onAir?.stream.video(event.timestamp, event.payload, epochMillis(Date.now()))
        return
      case 'audio':
        this.#onAir?.stream.audio(event.timestamp, event.payload, epochMillis(Date.now()))
        return
      case 'metadata':
        this.#onAir?.stream.metadata(event.metadata)
        return
      case 'data':
        this.#log.debug(
          { name: event.name.slice(0, 64), timestamp: event.timestamp },
          'data is not passed on',
        )
        return
      case 'connect':
        this.#log.debug({ app: event.client.app, client: event.client.flashVer }, 'connected')
        return
      case 'publish-requested':
        this.client = event.client.flashVer
        void this.#publish(event)
        return
      case 'publish-finished':
        this.#leave(true)
        // The client usually closes now; it may also publish again on this connection.
        this.#awaitPublish()
        return
      case 'play-requested':
        this.#log.info({ code: 'ingest.rtmp.play_refused' }, 'playing by RTMP is not offered')
        this.#session.rejectPlay(
          'NetStream.Play.Failed',
          'this server does not play by RTMP; use HLS or DASH',
        )
        return
      case 'ignored':
        this.#log.debug({ what: event.what, reason: event.reason }, 'ignored')
        return
      case 'closed':
        this.#finish()
        return
      default:
        assertNever(event)
    }
  }

  async #publish(request: PublishRequest): Promise<void> {
    // The name may be a key: it is not logged. Nothing is read until the decision is made.
    this.#link.pause()
    const admission = await this.#hub.admit(request, this)
    if (admission.type === 'refused') {
      this.#log.warn({ code: admission.code }, `publish refused: ${admission.reason}`)
      if (this.#session.state === 'publish-requested') {
        this.#session.rejectPublish('NetStream.Publish.BadName', admission.reason)
      }
    } else if (this.#session.state === 'publish-requested' && this.#link.isOpen) {
      clearTimeout(this.#deadline)
      this.#onAir = admission.onAir
      this.#log = this.#log.child({ stream: admission.onAir.name })
      this.#log.info({ client: this.client }, 'publishing')
      this.#session.acceptPublish()
    } else admission.onAir.detach(this, false)
    this.#drain()
    // A tunnel answers now: what was decided goes along.
    this.#link.resume()
  }

  #leave(clean: boolean): void {
    const onAir = this.#onAir
    this.#onAir = undefined
    if (onAir === undefined) return
    this.#log.info({ clean }, 'publisher gone')
    onAir.detach(this, clean)
  }

  /** A peer that broke the protocol, or media that cannot be served. */
  #fail(error: unknown): void {
    const code = errorCode(error)
    const farewell = farewellTo(code)
    if (farewell !== undefined) this.#link.write(farewell)
    if (error instanceof SluiceError)
      this.#log.warn({ code, ...error.details }, `connection closed: ${error.message}`)
    else this.#log.error({ code, err: error }, 'connection closed by an internal error')
    // A session that threw is closed and says nothing more; one whose media was refused can still be told.
    this.#session.disconnect('NetStream.Publish.Denied', errorMessage(error))
    this.#finish()
  }

  #close(code: string, reason: string): void {
    if (this.#finished) return
    this.#log.info({ code }, `connection closed: ${reason}`)
    this.#session.disconnect('NetConnection.Connect.Closed', reason)
    this.#write()
    this.#finish()
  }

  /** Frees the stream, lets the last bytes leave, then cuts the connection. */
  #finish(): void {
    if (this.#finished) return
    this.#finished = true
    clearTimeout(this.#deadline)
    this.#leave(false)
    this.#write()
    this.#link.end()
    setTimeout(() => this.#link.destroy(), LAST_WORDS_MILLIS).unref()
  }
}
