import type { PlayerKind } from './stream-address.ts'

/** What the origin says about a stream, asked without a player. */
export type ProbeResult =
  /** Media is listed and more will come. `revision` changes whenever the listing does. */
  | { readonly type: 'live'; readonly revision: string }
  /** The broadcast is over; its last media may still be listed. */
  | { readonly type: 'ended' }
  /** No such broadcast now, or none with media yet. */
  | { readonly type: 'absent' }
  /** This viewer may not watch it. */
  | { readonly type: 'refused' }
  /** No answer, or one of a server in trouble. */
  | { readonly type: 'unreachable' }

/** The part of `fetch` that a probe needs; tests bring their own. */
export type FetchText = (url: string) => Promise<{ readonly status: number; readonly text: string }>

/**
 * Looks at the manifest (for HLS, also at the media playlists of the first variant). A broadcast that has just begun is listed
 * with parts alone, for which hls.js has no use: the answer comes when the first segment of each is complete.
 *
 * @param url - absolute address of the multivariant playlist or the MPD.
 */
export async function probeStream(kind: PlayerKind, url: string, fetchText: FetchText): Promise<ProbeResult> {
  const manifest = await read(url, fetchText)
  if (typeof manifest !== 'string') return manifest
  if (kind === 'dash') return judgeMpd(manifest)
  const looks = await Promise.all(
    firstLists(manifest).map((list) => probePlaylist(new URL(list, url), fetchText)),
  )
  return looks.find(({ type }) => type !== 'live') ?? looks[0] ?? { type: 'absent' }
}

async function probePlaylist(media: URL, fetchText: FetchText): Promise<ProbeResult> {
  let playlist = await read(media.href, fetchText)
  if (typeof playlist === 'string' && hasPartsAlone(playlist)) {
    media.searchParams.set('_HLS_msn', firstNumber(playlist))
    playlist = await read(media.href, fetchText)
  }
  return typeof playlist === 'string' ? judgePlaylist(playlist) : playlist
}

async function read(url: string, fetchText: FetchText): Promise<string | ProbeResult> {
  let response: Awaited<ReturnType<FetchText>>
  try {
    response = await fetchText(url)
  } catch {
    return { type: 'unreachable' } // no connection, or no answer in time: the caller looks again later
  }
  if (response.status >= 200 && response.status < 300) return response.text
  if (response.status === 401 || response.status === 403) return { type: 'refused' }
  return { type: response.status >= 500 || response.status === 429 ? 'unreachable' : 'absent' }
}

/** URIs of the first variant's own media playlist and of the sounds that go with it. */
function firstLists(playlist: string): string[] {
  const lines = playlist.split(/\r?\n/).map((line) => line.trim())
  const variant = lines.find((line) => line !== '' && !line.startsWith('#'))
  if (variant === undefined) return []
  const description = lines.find((line) => line.startsWith('#EXT-X-STREAM-INF:')) ?? ''
  const group = attribute(description, 'AUDIO')
  const sounds = lines
    .filter((line) => line.startsWith('#EXT-X-MEDIA:') && attribute(line, 'GROUP-ID') === group)
    .flatMap((line) => attribute(line, 'URI') ?? [])
  return group === undefined ? [variant] : [variant, ...sounds]
}

/** A quoted attribute of a tag. */
function attribute(tag: string, name: string): string | undefined {
  return new RegExp(`[:,]${name}="([^"]*)"`).exec(tag)?.[1]
}

function hasPartsAlone(playlist: string): boolean {
  return /^#EXT-X-PART:/m.test(playlist) && !/^#EXT(?:INF:|-X-ENDLIST\b)/m.test(playlist)
}

/** Media Sequence Number of the first segment, complete or not. RFC 8216 §4.3.3.2: 0 where nothing is said. */
function firstNumber(playlist: string): string {
  return /^#EXT-X-MEDIA-SEQUENCE:(\d+)/m.exec(playlist)?.[1] ?? '0'
}

function judgePlaylist(playlist: string): ProbeResult {
  if (/^#EXT-X-ENDLIST\b/m.test(playlist)) return { type: 'ended' }
  if (!/^#EXTINF:/m.test(playlist)) return { type: 'absent' }
  return { type: 'live', revision: playlist }
}

function judgeMpd(mpd: string): ProbeResult {
  const root = /<MPD\b[^>]*>/.exec(mpd)?.[0]
  if (root === undefined) return { type: 'absent' }
  if (/\btype="static"/.test(root) || /\bmediaPresentationDuration=/.test(root)) return { type: 'ended' }
  if (!/<(?:S|SegmentURL)\b|<SegmentTemplate\b[^>]*\bduration=/.test(mpd)) return { type: 'absent' }
  // publishTime alone may change without any news about media.
  return { type: 'live', revision: mpd.replace(/\bpublishTime="[^"]*"/, '') }
}
