import type { IncomingMessage } from 'node:http'

const PREFIX = '/live/~'
const LIVE = '/live/'
/** By request: Fastify has routes see the address without it. */
const tokens = new WeakMap<object, string>()

/**
 * Takes a playback token out of an address: `/live/~TOKEN/studio/index.m3u8` is `/live/studio/index.m3u8`. As everything a
 * player loads is addressed relative to its playlist, the token is in all its requests without its doing.
 *
 * @returns the address without it, for the router.
 */
export function takeToken(request: IncomingMessage): string {
  const url = request.url ?? '/'
  if (!url.startsWith(PREFIX)) return url
  const end = url.indexOf('/', PREFIX.length)
  if (end < 0) return url
  tokens.set(request, url.slice(PREFIX.length, end))
  return `${LIVE}${url.slice(end + 1)}`
}

/** The token that {@link takeToken} took out of this request's address. */
export function takenToken(request: object): string | undefined {
  return tokens.get(request)
}

/** The address `/live/PATH` with a token in it. */
export function withToken(url: string, token: string): string {
  return `${PREFIX}${token}/${url.slice(LIVE.length)}`
}
