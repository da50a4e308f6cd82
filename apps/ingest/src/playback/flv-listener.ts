import { createServer, type IncomingMessage, type ServerOptions, type ServerResponse } from 'node:http'
import { errorCode, errorMessage } from '@sluice/core'
import type { Logger } from '@sluice/runtime'
import { SOCKET_QUEUE_LIMIT } from '../socket-link.ts'
import { type ListenerOptions, listen, type PortListener } from '../socket-listener.ts'
import { FLV_FORM } from './message-form.ts'
import type { PlayerSink } from './player.ts'

export type FlvListenerOptions = Pick<ListenerOptions, 'host' | 'port' | 'hub' | 'log' | 'maxConnections'>

const HTTP_OPTIONS: ServerOptions = {
  headersTimeout: 10_000,
  requestTimeout: 10_000,
  maxHeaderSize: 8_192,
  noDelay: true,
}

/** On every answer: pages of any origin may play. */
const CORS = { 'Access-Control-Allow-Origin': '*', 'Cache-Control': 'no-store' }
const METHODS = 'GET, HEAD, OPTIONS'

const TITLES = { 404: 'Not Found', 405: 'Method Not Allowed', 429: 'Too Many Requests' } as const

/**
 * Serves what is on air to HTTP-FLV players: `GET /live/NAME.flv` is answered with FLV that begins at the newest keyframe and
 * goes on until the broadcast ends; the end of the connection is the end of the stream. Anything else gets problem details.
 *
 * @throws {DependencyError} `ingest.flv.listen` with what to do about it.
 */
export async function startFlvListener(options: FlvListenerOptions): Promise<PortListener> {
  const server = createServer(HTTP_OPTIONS, (request, response) => answer(request, response, options))
  return listen('flv', server, options, {
    close: () => server.closeIdleConnections(),
    cut: () => server.closeAllConnections(),
  })
}

function answer(
  { method, url = '', socket }: IncomingMessage,
  response: ServerResponse,
  { hub, log }: FlvListenerOptions,
): void {
  if (method === 'OPTIONS') {
    response.writeHead(204, { ...CORS, 'Access-Control-Allow-Methods': METHODS }).end()
    return
  }
  if (method !== 'GET' && method !== 'HEAD') {
    sendProblem(response.setHeader('Allow', METHODS), 405, 'ingest.play.bad_method', `only ${METHODS} here`)
    return
  }
  const name = /^\/live\/([^/?]+)\.flv(?:\?|$)/.exec(url)?.[1]
  const onAir = name === undefined ? undefined : hub.find(name)
  if (onAir === undefined) {
    const detail =
      name === undefined
        ? 'streams are at /live/NAME.flv'
        : 'no stream of this name is live here; try again when it is'
    sendProblem(response, 404, 'ingest.play.not_live', detail)
    return
  }
  const address = socket.remoteAddress ?? 'unknown'
  const refusal = method === 'GET' ? hub.addresses.startPlaying(address) : undefined
  if (refusal !== undefined) {
    log.info({ code: refusal.code, remote: address }, `play refused: ${refusal.reason}`)
    sendProblem(response, 429, refusal.code, refusal.reason)
    return
  }
  // No length and no chunks: every tag passes without framing, and players of HTTP 1.0 understand it too.
  response.useChunkedEncodingByDefault = false
  response.writeHead(200, { ...CORS, 'Content-Type': 'video/x-flv', Connection: 'close' })
  if (method === 'HEAD') {
    response.end()
    return
  }
  response.flushHeaders()
  const playerLog = log.child({ remote: address, stream: onAir.name })
  playerLog.info('playing by HTTP')
  const player = onAir.playback.play(new FlvPlayer(response, playerLog), FLV_FORM)
  response.on('error', () => response.destroy())
  response.on('close', () => {
    onAir.playback.leave(player)
    hub.addresses.stopPlaying(address)
    playerLog.info({ skips: player.skips }, 'player gone')
  })
}

/** An answer that goes on as long as the stream. */
class FlvPlayer implements PlayerSink {
  readonly queueLimit: number = SOCKET_QUEUE_LIMIT
  readonly #response: ServerResponse
  readonly #log: Logger

  constructor(response: ServerResponse, log: Logger) {
    this.#response = response
    this.#log = log
  }

  get queued(): number {
    return this.#response.writableLength
  }

  send(parts: readonly Uint8Array[]): void {
    const response = this.#response
    response.cork()
    for (const part of parts) response.write(part)
    response.uncork()
  }

  streamEnded(): void {
    this.#response.end()
  }

  tooSlow(reason: string): void {
    this.#log.warn({ code: 'ingest.play.too_slow' }, `player disconnected: ${reason}`)
    this.#response.destroy()
  }

  failed(error: unknown): void {
    this.#log.error({ code: errorCode(error), err: error }, `player disconnected: ${errorMessage(error)}`)
    this.#response.destroy()
  }
}

/** @see RFC 9457 */
function sendProblem(
  response: ServerResponse,
  status: keyof typeof TITLES,
  code: string,
  detail: string,
): void {
  const body = JSON.stringify({ type: 'about:blank', title: TITLES[status], status, detail, code })
  const headers = {
    ...CORS,
    'Content-Type': 'application/problem+json',
    'Content-Length': Buffer.byteLength(body),
  }
  response.writeHead(status, headers).end(body)
}
