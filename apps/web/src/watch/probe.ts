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
 * Looks at the manifest (for HLS, also at the first media playlist it names).
 *
 * @param url - absolute address of the multivariant playlist or the MPD.
 */
export async function probeStream(kind: PlayerKind, url: string, fetchText: FetchText): Promise<ProbeResult> {
  const manifest = await read(url, fetchText)
  if (typeof manifest !== 'string') return manifest
  if (kind === 'dash') return judgeMpd(manifest)
  const variant = firstUri(manifest)
  if (variant === undefined) return { type: 'absent' }
  const playlist = await read(new URL(variant, url).href, fetchText)
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

function firstUri(playlist: string): string | undefined {
  return playlist
    .split(/\r?\n/)
    .map((line) => line.trim())
    .find((line) => line !== '' && !line.startsWith('#'))
}

function judgePlaylist(playlist: string): ProbeResult {
  if (/^#EXT-X-ENDLIST\b/m.test(playlist)) return { type: 'ended' }
  if (!/^#EXT(?:INF|-X-PART):/m.test(playlist)) return { type: 'absent' }
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
