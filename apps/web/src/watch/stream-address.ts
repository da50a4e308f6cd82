/** The protocol a viewer plays. */
export type PlayerKind = 'hls' | 'dash'

/** What the page's address says: which stream, played how. */
export interface StreamAddress {
  readonly name: string
  readonly kind: PlayerKind
}

/**
 * Reads `/watch/NAME` and `?player=dash`.
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
  return { name, kind: new URLSearchParams(query).get('player') === 'dash' ? 'dash' : 'hls' }
}

/** Path and query of the page that plays this stream this way. */
export function watchUrl({ name, kind }: StreamAddress): string {
  return `/watch/${encodeURIComponent(name)}${kind === 'dash' ? '?player=dash' : ''}`
}

/** Path of the HLS multivariant playlist or the DASH manifest, on the page's own origin. */
export function manifestUrl({ name, kind }: StreamAddress): string {
  return `/live/${encodeURIComponent(name)}/${kind === 'dash' ? 'manifest.mpd' : 'index.m3u8'}`
}
