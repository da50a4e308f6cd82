import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import { type ClientOptions, WebSocket } from 'ws'

/** How a WebSocket ended. */
export interface WebSocketEnd {
  readonly code: number
  readonly reason: string
}

/** An answer that is no WebSocket. */
export interface UpgradeRefusal {
  readonly headers: IncomingHttpHeaders
  /** The body: problem details. */
  readonly problem: unknown
}

/** What a test changes. */
export interface WebSocketTestClientOptions {
  readonly protocols?: string[]
  readonly origin?: string
  readonly autoPong?: boolean
  readonly perMessageDeflate?: boolean
}

/** A player on a WebSocket that keeps what it is sent. */
export class WebSocketTestClient {
  readonly #webSocket: WebSocket
  /** The connection below, once there is one. */
  socket: Socket | undefined
  readonly messages: Buffer[] = []
  readonly pongs: string[] = []
  pings = 0
  readonly opened: Promise<void>
  readonly refused: Promise<UpgradeRefusal>
  readonly closed: Promise<WebSocketEnd>

  constructor(url: string, { protocols = [], ...options }: WebSocketTestClientOptions = {}) {
    const settings: ClientOptions = options
    const webSocket = new WebSocket(url, protocols, settings)
    this.#webSocket = webSocket
    webSocket.on('upgrade', ({ socket }) => {
      this.socket = socket
    })
    webSocket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) throw new Error(`a message of text came: ${data.toString()}`)
      this.messages.push(data)
    })
    webSocket.on('ping', () => {
      this.pings += 1
    })
    webSocket.on('pong', (data) => this.pongs.push(data.toString()))
    this.opened = new Promise((resolve, reject) => {
      webSocket.once('open', resolve).once('error', reject)
      webSocket.once('unexpected-response', () => reject(new Error('the server refused')))
    })
    this.opened.catch(() => undefined)
    this.refused = new Promise((resolve) =>
      webSocket.on('unexpected-response', (_request, response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (piece: string) => {
          text += piece
        })
        response.on('end', () => resolve({ headers: response.headers, problem: JSON.parse(text) }))
      }),
    )
    this.closed = new Promise((resolve) =>
      webSocket.on('close', (code, reason) => resolve({ code, reason: reason.toString() })),
    )
    // A reset is one way to be refused; `closed` tells.
    webSocket.on('error', () => undefined)
  }

  /** The subprotocol that the server chose. */
  get protocol(): string {
    return this.#webSocket.protocol
  }

  /** The extensions that are in use. */
  get extensions(): string {
    return this.#webSocket.extensions
  }

  send(data: string | Uint8Array): void {
    this.#webSocket.send(data)
  }

  ping(data: string): void {
    this.#webSocket.ping(data)
  }

  /** Stops reading. */
  pause(): void {
    this.#webSocket.pause()
  }

  resume(): void {
    this.#webSocket.resume()
  }

  /** Says goodbye. */
  close(code: number): void {
    this.#webSocket.close(code)
  }

  /** Cuts the connection without a word. */
  destroy(): void {
    this.#webSocket.terminate()
  }
}
