/** The protocol a viewer plays. */
export type PlayerKind = 'hls' | 'dash'

/** What the page's address says: which stream, played how. */
export interface StreamAddress {
  readonly name: string
  readonly kind: PlayerKind
  /** Playback token, where the address has one. */
  readonly token?: string
}

/**
 * Reads `/watch/NAME`, `?player=dash` and `?token=TOKEN`.
 *
 * @returns undefined when the path holds no readable stream name.
 */
export function parseStreamAddress(path: string, query: string): StreamAddress | undefined {
  const encoded = /^\/watch\/([^/]+)\/?$/.exec(path)?.[1]
  if (encoded === undefined) return undefined
  let name: string
  try {
    name = decodeURIComponent(encoded)
  } catch {
    return undefined // a lone % or broken UTF-8
  }
  const parameters = new URLSearchParams(query)
  const kind = parameters.get('player') === 'dash' ? 'dash' : 'hls'
  const token = parameters.get('token')
  return { name, kind, ...(token === null || token === '' ? {} : { token }) }
}

/** Path and query of the page that plays this stream this way. */
export function watchUrl({ name, kind, token }: StreamAddress): string {
  const query = new URLSearchParams({
    ...(kind === 'dash' ? { player: 'dash' } : {}),
    ...(token === undefined ? {} : { token }),
  })
  return `/watch/${encodeURIComponent(name)}${query.size === 0 ? '' : `?${query}`}`
}

/**
 * Path of the HLS multivariant playlist or the DASH manifest, on the page's own origin. A token stands in it, so that it is in
 * the addresses of all that the player loads.
 */
export function manifestUrl({ name, kind, token }: StreamAddress): string {
  const granted = token === undefined ? '' : `~${encodeURIComponent(token)}/`
  return `/live/${granted}${encodeURIComponent(name)}/${kind === 'dash' ? 'low-latency.mpd' : 'index.m3u8'}`
}
