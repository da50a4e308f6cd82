/** On every answer, errors included: media may be played from anywhere, and nothing is to be guessed. */
export const COMMON_HEADERS: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'Content-Length, Content-Range, Date, ETag, Retry-After',
  'cross-origin-resource-policy': 'cross-origin',
  'timing-allow-origin': '*',
  'x-content-type-options': 'nosniff',
}

/** Answer to a CORS preflight. */
export const PREFLIGHT_HEADERS: Readonly<Record<string, string>> = {
  'access-control-allow-methods': 'GET, HEAD, OPTIONS',
  'access-control-allow-headers': 'Range, If-None-Match, If-Range, Cache-Control',
  'access-control-max-age': '86400',
}

/** Media file names never change what they hold. */
export const IMMUTABLE = 'public, max-age=31536000, immutable'

/** A playlist or manifest changes with every part: the shortest time that HTTP can say. */
export const DOCUMENT_SECONDS = 1

/** Anybody may keep it for so many seconds. */
export function maxAge(seconds: number): string {
  return `public, max-age=${seconds}`
}

export const NO_STORE = 'no-store'

/** True when one of the entity tags is this one, by weak comparison. RFC 9110 §13.1.2 */
export function matchesEtag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  if (ifNoneMatch.trim() === '*') return true
  const opaque = (tag: string): string => tag.trim().replace(/^W\//, '')
  return ifNoneMatch.split(',').some((tag) => opaque(tag) === opaque(etag))
}
