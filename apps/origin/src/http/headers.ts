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

export const NO_STORE = 'no-store'

/** True when the client takes gzip. RFC 9110 §12.5.3 */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  if (acceptEncoding === undefined) return false
  return acceptEncoding.split(',').some((item) => {
    const [coding = '', ...parameters] = item.split(';').map((text) => text.trim().toLowerCase())
    if (coding !== 'gzip' && coding !== '*') return false
    const quality = parameters.find((parameter) => parameter.startsWith('q='))
    return quality === undefined || Number(quality.slice(2)) > 0
  })
}

/** True when one of the entity tags is this one, by weak comparison. RFC 9110 §13.1.2 */
export function matchesEtag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  if (ifNoneMatch.trim() === '*') return true
  const opaque = (tag: string): string => tag.trim().replace(/^W\//, '')
  return ifNoneMatch.split(',').some((tag) => opaque(tag) === opaque(etag))
}
