import type { Socket } from 'node:net'
import { errorCode, errorMessage } from '@sluice/core'
import type { Logger } from '@sluice/runtime'
import type { WebSocket } from 'ws'
import { SOCKET_QUEUE_LIMIT } from '../socket-link.ts'
import type { PlayerSink } from './player.ts'

/** Why a WebSocket is closed, as far as it is done here. @see RFC 6455 §7.4.1 */
export const CloseCode = {
  /** The stream is over. */
  normal: 1000,
  goingAway: 1001,
  /** The player broke a rule: it is too slow, silent, or says what nobody asked for. */
  policyViolation: 1008,
  internalError: 1011,
} as const

/** Pings and pongs that a client may send within `CONTROL_MILLIS`: browsers send none of their own, libraries one now and then. */
const CONTROL_LIMIT = 50
const CONTROL_MILLIS = 10_000
/** Time that a player has to take what waits for it and the close, in milliseconds: as long as a player may lag behind. */
const CLOSE_MILLIS = 10_000
/** The same for a client that broke the rules: it is not listened to for longer. */
const LAST_WORDS_MILLIS = 1_000

export interface WebSocketPlayerOptions {
  readonly webSocket: WebSocket
  /** The connection below it. */
  readonly socket: Socket
  /** A connection on which nothing passed for so long is asked whether anybody is there. */
  readonly idleMillis: number
  readonly log: Logger
}

/**
 * A player on a WebSocket. Each array it is given is one binary message; nothing is copied for it but headers of frames.
 * Of the client nothing is expected: a message ends the connection, and so do more pings than anybody needs.
 */
export class WebSocketPlayer implements PlayerSink {
  readonly queueLimit: number = SOCKET_QUEUE_LIMIT
  readonly #webSocket: WebSocket
  readonly #socket: Socket
  readonly #log: Logger
  /** It was asked whether it is there, and has not answered. */
  #isAsked = false
  #isDismissed = false
  #controls = 0
  #controlsSince = 0

  constructor({ webSocket, socket, idleMillis, log }: WebSocketPlayerOptions) {
    this.#webSocket = webSocket
    this.#socket = socket
    this.#log = log
    socket.setTimeout(idleMillis)
    socket.on('timeout', () => this.#idle(idleMillis))
    webSocket.on('message', () => this.#dismiss('ingest.play.spoke', 'players have nothing to send here'))
    // The library answers it.
    webSocket.on('ping', () => this.#countControl())
    webSocket.on('pong', () => {
      this.#isAsked = false
      this.#countControl()
    })
    // What breaks the protocol or is too long is closed by the library, with the code for it.
    webSocket.on('error', (error) =>
      log.warn({ code: 'ingest.play.protocol' }, `player disconnected: ${error.message}`),
    )
  }

  get queued(): number {
    return this.#socket.writableLength
  }

  send(parts: readonly Uint8Array[]): void {
    this.#socket.cork()
    for (const part of parts) this.#webSocket.send(part)
    this.#socket.uncork()
  }

  streamEnded(): void {
    this.#close(CloseCode.normal, 'the stream is over')
  }

  tooSlow(reason: string): void {
    this.#log.warn({ code: 'ingest.play.too_slow' }, `player disconnected: ${reason}`)
    this.#close(CloseCode.policyViolation, reason)
  }

  failed(error: unknown): void {
    this.#log.error({ code: errorCode(error), err: error }, `player disconnected: ${errorMessage(error)}`)
    this.#close(CloseCode.internalError, 'internal error')
  }

  /** A player hears nothing while its stream waits for a publisher. */
  #idle(millis: number): void {
    if (this.#isAsked) {
      this.#dismiss('ingest.play.idle', `no answer to a ping within ${millis / 1000} s`)
      return
    }
    this.#isAsked = true
    this.#webSocket.ping()
  }

  #countControl(): void {
    const now = performance.now()
    if (now - this.#controlsSince > CONTROL_MILLIS) {
      this.#controlsSince = now
      this.#controls = 0
    }
    this.#controls += 1
    if (this.#controls <= CONTROL_LIMIT) return
    const reason = `more than ${CONTROL_LIMIT} pings and pongs within ${CONTROL_MILLIS / 1000} s`
    this.#dismiss('ingest.play.flood', reason)
  }

  /** Ends the connection of a client that did what it should not. */
  #dismiss(code: string, reason: string): void {
    if (this.#isDismissed) return
    this.#isDismissed = true
    this.#log.warn({ code }, `player disconnected: ${reason}`)
    this.#close(CloseCode.policyViolation, reason, LAST_WORDS_MILLIS)
  }

  #close(code: number, reason: string, patience: number = CLOSE_MILLIS): void {
    this.#webSocket.close(code, reason)
    setTimeout(() => this.#webSocket.terminate(), patience).unref()
  }
}
