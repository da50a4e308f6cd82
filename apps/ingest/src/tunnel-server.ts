import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { assertNever } from '@sluice/core'
import { Tunnel, type TunnelEvent, type TunnelLimits } from '@sluice/rtmp'
import { type ConnectionSettings, RtmpConnection } from './rtmp-connection.ts'
import { TunnelLink } from './tunnel-link.ts'

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

type Answer = Extract<TunnelEvent, { type: 'answer' }>
type Closed = Extract<TunnelEvent, { type: 'closed' }>

/** Between two looks for sessions whose time is up, in milliseconds. */
const EXPIRE_MILLIS = 500

/** Takes HTTP requests to a tunnel, its bytes to RTMP connections, and its answers back. */
export class TunnelServer {
  readonly #settings: ConnectionSettings
  readonly #tunnel: Tunnel
  readonly #exchanges = new Map<number, Exchange>()
  readonly #links = new Map<string, TunnelLink>()
  readonly #timer: NodeJS.Timeout
  #lastExchange = 0
  #isDraining = false

  constructor(settings: ConnectionSettings, limits: Partial<TunnelLimits> = {}) {
    this.#settings = settings
    // Who knows the id of a session may publish with it.
    this.#tunnel = new Tunnel({ newId: () => randomBytes(18).toString('base64url'), limits })
    this.#timer = setInterval(() => this.#expire(), EXPIRE_MILLIS).unref()
  }

  /** Handles one HTTP request, to its end. */
  handle(request: IncomingMessage, response: ServerResponse): void {
    this.#lastExchange += 1
    const exchange = this.#lastExchange
    this.#exchanges.set(exchange, { request, response })
    const { method = '', url = '' } = request
    request.on('data', (bytes: Uint8Array) => {
      this.#tunnel.data(exchange, bytes)
      this.#drain()
      if (!this.#tunnel.isReading(exchange)) request.pause()
    })
    request.on('end', () => {
      this.#tunnel.finish(exchange)
      this.#drain()
    })
    // After an answer this says nothing new.
    response.on('close', () => {
      this.#exchanges.delete(exchange)
      this.#tunnel.abandon(exchange)
      this.#drain()
    })
    this.#tunnel.request({ exchange, method, path: url }, performance.now())
    this.#drain()
  }

  /** Ends all sessions. */
  stop(): void {
    clearInterval(this.#timer)
    for (const link of this.#links.values()) link.destroy()
  }

  #expire(): void {
    const now = performance.now()
    this.#tunnel.expire(now)
    for (const link of this.#links.values()) link.checkIdle(now)
    this.#drain()
  }

  /** A connection that is told something may ask something of the tunnel: the drain that runs sees to that too. */
  readonly #drain = (): void => {
    if (this.#isDraining) return
    this.#isDraining = true
    try {
      for (const event of this.#tunnel.events()) this.#handleEvent(event)
    } finally {
      this.#isDraining = false
    }
  }

  #handleEvent(event: TunnelEvent): void {
    switch (event.type) {
      case 'opened':
        this.#open(event.id, event.exchange)
        return
      case 'received':
        this.#links.get(event.id)?.received(event.bytes, performance.now())
        return
      case 'reading':
        this.#exchanges.get(event.exchange)?.request.resume()
        return
      case 'answer':
        this.#answer(event)
        return
      case 'closed':
        this.#close(event)
        return
      default:
        assertNever(event)
    }
  }

  #open(id: string, exchange: number): void {
    const { addresses } = this.#settings.hub
    const address = this.#exchanges.get(exchange)?.request.socket.remoteAddress ?? 'unknown'
    // One connection can bring many sessions, so each of them counts as a connection itself.
    const refusal = addresses.admit(address)
    if (refusal !== undefined) {
      const { code, reason } = refusal
      this.#settings.log.warn({ code, remote: address }, `a tunnel was closed: ${reason}`)
      this.#tunnel.drop(id)
      return
    }
    const link = new TunnelLink(this.#tunnel, id, address, this.#drain, performance.now())
    this.#links.set(id, link)
    new RtmpConnection(link, this.#settings)
  }

  #close(event: Closed): void {
    const link = this.#links.get(event.id)
    if (link === undefined) return
    const { remoteAddress } = link
    this.#links.delete(event.id)
    this.#settings.hub.addresses.leave(remoteAddress)
    if (event.by === 'fault') {
      const { code, message } = event.error
      this.#settings.log.warn({ code, remote: remoteAddress }, `tunnel closed: ${message}`)
    }
    link.closed(event)
  }

  #answer({ exchange, status, body, error }: Answer): void {
    const { request, response } = this.#exchanges.get(exchange) ?? {}
    if (error !== undefined) {
      const { code, message } = error
      const remote = request?.socket.remoteAddress
      this.#settings.log.warn({ code, remote }, `request answered ${status}: ${message}`)
    }
    // Clients built on librtmp look for `Content-` with just these capitals.
    response?.writeHead(status, {
      'Content-Type': 'application/x-fcs',
      'Content-Length': body.length,
      'Cache-Control': 'no-cache',
    })
    response?.end(body)
    // What a client sends beyond its answer is read, and thrown away.
    request?.resume()
  }
}
