import { createServer, type IncomingMessage, type ServerOptions, type ServerResponse } from 'node:http'
import { errorCode, errorMessage } from '@sluice/core'
import type { Logger } from '@sluice/runtime'
import { SOCKET_QUEUE_LIMIT } from '../socket-link.ts'
import { type ListenerOptions, listen, type PortListener } from '../socket-listener.ts'
import { answerTo, CORS, findStream, METHODS, type Problem, sendProblem } from './flv-request.ts'
import { FlvWebSockets } from './flv-web-sockets.ts'
import { FLV_FORM } from './message-form.ts'
import type { PlayerSink } from './player.ts'

export type FlvListenerOptions = Pick<
  ListenerOptions,
  'host' | 'port' | 'hub' | 'log' | 'maxConnections' | 'timeouts' | 'play'
>

const HTTP_OPTIONS: ServerOptions = {
  headersTimeout: 10_000,
  requestTimeout: 10_000,
  maxHeaderSize: 8_192,
  noDelay: true,
}

/**
 * Serves what is on air to players of FLV, by HTTP and by WebSocket. `GET /live/NAME.flv` is answered with FLV that begins at
 * the newest keyframe and goes on until the broadcast ends; the end of the connection is the end of the stream. Asked for as
 * a WebSocket, the same address gives the same bytes in messages. Anything else gets problem details.
 *
 * @throws {DependencyError} `ingest.flv.listen` with what to do about it.
 */
export async function startFlvListener(options: FlvListenerOptions): Promise<PortListener> {
  const server = createServer(HTTP_OPTIONS, (request, response) => void answer(request, response, options))
  const webSockets = new FlvWebSockets(options)
  server.on('upgrade', (request, _socket, head) => void upgrade(request, head, webSockets, options))
  return listen('flv', server, options, {
    close: () => {
      webSockets.close()
      server.closeIdleConnections()
    },
    cut: () => server.closeAllConnections(),
  })
}

async function upgrade(
  request: IncomingMessage,
  head: Buffer,
  webSockets: FlvWebSockets,
  options: FlvListenerOptions,
): Promise<void> {
  if (!asksForWebSocket(request)) {
    // A server may take no notice of an upgrade that it does not know: some clients offer HTTP/2 with every request.
    await answer(request, answerTo(request), options)
    return
  }
  const { socket } = request
  // Node listens to it no longer, and nobody else does before there is an answer.
  socket.on('error', () => socket.destroy())
  const found = await findStream(request, options)
  if (socket.destroyed) return
  const problem = 'status' in found ? found : takePlace(request, options)
  if (problem !== undefined) sendProblem(answerTo(request), problem)
  else if ('playback' in found) webSockets.open(request, head, found)
}

function asksForWebSocket({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket'
}

/** Counts a player for its address until its connection is gone. @returns why there is no place for it. */
function takePlace({ socket }: IncomingMessage, { hub, log }: FlvListenerOptions): Problem | undefined {
  const address = socket.remoteAddress ?? 'unknown'
  const refusal = hub.addresses.startPlaying(address)
  if (refusal === undefined) {
    socket.once('close', () => hub.addresses.stopPlaying(address))
    return undefined
  }
  log.info({ code: refusal.code, remote: address }, `play refused: ${refusal.reason}`)
  return { status: 429, code: refusal.code, detail: refusal.reason }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: FlvListenerOptions,
): Promise<void> {
  const { method, socket } = request
  if (method === 'OPTIONS') {
    response.writeHead(204, { ...CORS, 'Access-Control-Allow-Methods': METHODS }).end()
    return
  }
  const found = await findStream(request, options)
  // Who has gone meanwhile is never told of its end.
  if (socket.destroyed) return
  if ('status' in found) {
    sendProblem(response, found)
    return
  }
  const full = method === 'GET' ? takePlace(request, options) : undefined
  if (full !== undefined) {
    sendProblem(response, full)
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
  const log = options.log.child({ remote: socket.remoteAddress, stream: found.name })
  log.info('playing by HTTP')
  const player = found.playback.play(new FlvPlayer(response, log), FLV_FORM, options.timeouts?.slow)
  response.on('error', () => response.destroy())
  response.on('close', () => {
    found.playback.leave(player)
    log.info({ skips: player.skips }, 'player gone')
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
