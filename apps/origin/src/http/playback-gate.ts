import {
  checkPlaybackToken,
  type PlaybackSecret,
  type PlaybackTokenCheck,
  type PlaybackTokenFault,
} from '@sluice/cluster'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { maxAge, NO_STORE } from './headers.ts'
import { type Problem, sendProblem } from './problem.ts'
import { takenToken, withToken } from './token-in-path.ts'
import type { ViewerAddress } from './viewer-address.ts'

const LIVE = '/live/'
/** An edge need not ask again about the same token for so many seconds. */
const CHECKED_SECONDS = 10

/** How requests for media are checked. */
export interface PlaybackGateOptions {
  /** Undefined: everybody may play. */
  readonly secrets: readonly PlaybackSecret[] | undefined
  readonly address: ViewerAddress
}

/**
 * Lets only those through to `/live/` who have a playback token, in the path (`/live/~TOKEN/studio/…`) or, where it is put by
 * hand, in the query (`?token=`): a player that comes with the latter for a playlist or manifest is sent on to the former.
 *
 * Also adds `/authorize`, which an edge asks whether it may give a viewer what it has: the address the viewer asked for is in
 * `X-Original-URI`, the answer is 204 or a problem, and says how long it holds.
 */
export function addPlaybackGate(app: FastifyInstance, options: PlaybackGateOptions): void {
  const { secrets, address } = options
  app.get('/authorize', (request, reply) => {
    const asked = request.headers['x-original-uri']
    const visit = readVisit(typeof asked === 'string' ? asked : '')
    if (secrets === undefined) return reply.header('cache-control', maxAge(CHECKED_SECONDS)).code(204).send()
    const check = checkVisit(visit, secrets, address(request.raw))
    if (check.type !== 'granted') return refuse(reply, check.type)
    const left = Math.min(CHECKED_SECONDS, check.expires - seconds())
    return reply.header('cache-control', maxAge(left)).code(204).send()
  })
  if (secrets === undefined) return
  app.addHook('onRequest', (request, reply, done) => {
    if (!request.url.startsWith(LIVE) || request.method === 'OPTIONS') {
      done()
      return
    }
    const inPath = takenToken(request.raw)
    const visit = inPath === undefined ? readVisit(request.url) : { ...readVisit(request.url), token: inPath }
    const check = checkVisit(visit, secrets, address(request.raw))
    if (check.type !== 'granted') refuse(reply, check.type)
    else if (inPath === undefined && visit.token !== undefined && visit.isDocument)
      sendOn(request, reply, visit)
    else done()
  })
}

/** What a request for media says of itself. */
interface Visit {
  /** Below `/live/`, as it was sent. */
  readonly path: string
  readonly query: string
  readonly token: string | undefined
  /** A playlist or manifest: what it refers to is addressed relative to it. */
  readonly isDocument: boolean
}

const ADDRESS = /^\/live\/(?:~([^/?]+)\/)?([^?]*)\??(.*)$/

function readVisit(url: string): Visit {
  const [, inPath, path = '', query = ''] = ADDRESS.exec(url) ?? []
  const token =
    inPath ?? (query.includes('token=') ? (new URLSearchParams(query).get('token') ?? undefined) : undefined)
  return { path, query, token, isDocument: /\.(?:m3u8|mpd)$/.test(path) }
}

function checkVisit(
  { path, token }: Visit,
  secrets: readonly PlaybackSecret[],
  address: string,
): PlaybackTokenCheck | { readonly type: 'missing' } {
  if (token === undefined) return { type: 'missing' }
  return checkPlaybackToken(token, secrets, { path, address, seconds: seconds() })
}

function seconds(): number {
  return Math.floor(Date.now() / 1000)
}

function sendOn(request: FastifyRequest, reply: FastifyReply, { query, token = '' }: Visit): void {
  const others = new URLSearchParams(query)
  others.delete('token')
  const [path = ''] = request.url.split('?')
  const rest = others.size === 0 ? '' : `?${others.toString()}`
  reply.header('cache-control', NO_STORE).redirect(`${withToken(path, token)}${rest}`, 302)
}

const REFUSALS: Readonly<Record<PlaybackTokenFault | 'missing', Problem>> = {
  missing: {
    status: 401,
    code: 'origin.token.missing',
    detail: 'this needs a playback token: /live/~TOKEN/NAME/index.m3u8',
  },
  forged: {
    status: 401,
    code: 'origin.token.forged',
    detail: 'this playback token was not made here, or not as it is',
  },
  expired: { status: 401, code: 'origin.token.expired', detail: 'this playback token has expired' },
  'wrong-address': {
    status: 403,
    code: 'origin.token.wrong_address',
    detail: 'this playback token is for another address',
  },
  'wrong-path': {
    status: 403,
    code: 'origin.token.wrong_path',
    detail: 'this playback token is for something else',
  },
}

function refuse(reply: FastifyReply, fault: PlaybackTokenFault | 'missing'): FastifyReply {
  const problem = REFUSALS[fault]
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer')
  return sendProblem(reply, problem)
}
