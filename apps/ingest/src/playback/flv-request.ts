import { type IncomingMessage, ServerResponse } from 'node:http'
import { errorCode, errorMessage } from '@sluice/core'
import type { Logger } from '@sluice/runtime'
import type { Hub } from '../hub.ts'
import type { StreamPlayback } from './stream-playback.ts'

/** On every answer: pages of any origin may play. */
export const CORS: Readonly<Record<string, string>> = {
  'Access-Control-Allow-Origin': '*',
  'Cache-Control': 'no-store',
}

/** What may be asked of a stream's address. */
export const METHODS = 'GET, HEAD, OPTIONS'

const TITLES = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
} as const

/** Why a request gets no stream. @see RFC 9457 */
export interface Problem {
  readonly status: keyof typeof TITLES
  readonly code: string
  readonly detail: string
  /** Beside those of every answer. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Where a request finds its stream, and whether anybody may play. */
export interface FlvOffer {
  readonly hub: Hub
  readonly log: Logger
  /** Default `open`. */
  readonly play?: 'open' | 'off'
}

/** What a request is for. */
export interface FoundStream {
  readonly name: string
  readonly playback: StreamPlayback
}

/** The stream that a request is for, by HTTP and by WebSocket alike: `/live/NAME.flv`. */
export async function findStream(
  { method, url = '' }: IncomingMessage,
  { hub, log, play = 'open' }: FlvOffer,
): Promise<FoundStream | Problem> {
  if (method !== 'GET' && method !== 'HEAD')
    return {
      status: 405,
      code: 'ingest.play.bad_method',
      detail: `only ${METHODS} here`,
      headers: { Allow: METHODS },
    }
  if (play === 'off')
    return {
      status: 403,
      code: 'ingest.play.off',
      detail: 'this server’s ingest does not play; use HLS or DASH',
    }
  const name = /^\/live\/([^/?]+)\.flv(?:\?|$)/.exec(url)?.[1]
  if (name === undefined)
    return { status: 404, code: 'ingest.play.not_live', detail: 'streams are at /live/NAME.flv' }
  try {
    const playback = await hub.watch(name)
    if (playback !== undefined) return { name, playback }
  } catch (error) {
    log.error({ code: errorCode(error), err: errorMessage(error) }, 'a play could not be decided')
    const detail = 'the server cannot look for streams now; try again'
    return { status: 503, code: 'ingest.play.unavailable', detail }
  }
  const detail = 'no stream of this name is live; try again when it is'
  return { status: 404, code: 'ingest.play.not_live', detail }
}

/** Answers with a problem and nothing else. */
export function sendProblem(response: ServerResponse, { status, code, detail, headers = {} }: Problem): void {
  const body = JSON.stringify({ type: 'about:blank', title: TITLES[status], status, detail, code })
  response.writeHead(status, {
    ...CORS,
    ...headers,
    'Content-Type': 'application/problem+json',
    'Content-Length': Buffer.byteLength(body),
  })
  response.end(body)
}

/**
 * An HTTP answer on a connection that node has let go because its client asked for another protocol. The connection ends
 * with the answer.
 */
export function answerTo(request: IncomingMessage): ServerResponse {
  const { socket } = request
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  response.on('finish', () => socket.destroySoon())
  // Node no longer reads it, so that nobody would see the client go.
  socket.on('error', () => socket.destroy())
  socket.on('end', () => socket.destroySoon())
  socket.resume()
  return response
}
