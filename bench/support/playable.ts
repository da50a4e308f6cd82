import { execFile } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'

/** A player that looks more often than this would be a burden; milliseconds. */
const POLL_MILLIS = 20
const PATIENCE_MILLIS = 30_000

/** What a viewer would have got from a playlist at a moment. */
interface Sample {
  /** When playlist, init segment and media were all here; wall clock in milliseconds. */
  readonly at: number
  readonly bytes: Uint8Array
}

/** Waits for a multivariant playlist. @returns the addresses of its video playlists, as listed: best first. */
export async function videoPlaylists(url: string): Promise<string[]> {
  for (const deadline = Date.now() + PATIENCE_MILLIS; Date.now() < deadline; await delay(POLL_MILLIS)) {
    const text = await fetchText(url)
    const uris = text?.match(/(?<=RESOLUTION=.*\n).+/g) ?? []
    if (uris.length > 0) return uris.map((uri) => new URL(uri, url).href)
  }
  throw new Error(`${url}: no variants within ${PATIENCE_MILLIS} ms`)
}

/**
 * Waits until a media playlist can be played: it lists media that decodes, with its init segment, to at least one frame.
 *
 * @returns the wall clock, in milliseconds, when the last of these bytes had arrived. What ffmpeg needs to
 *   decode them is not counted.
 */
export async function firstPlayable(url: string): Promise<number> {
  let seen: string | undefined
  for (const deadline = Date.now() + PATIENCE_MILLIS; Date.now() < deadline; await delay(POLL_MILLIS)) {
    const text = await fetchText(url)
    if (text === undefined || text === seen) continue
    seen = text
    const sample = await fetchMedia(text, url)
    if (sample !== undefined && (await decodes(sample.bytes))) return sample.at
  }
  throw new Error(`${url}: nothing playable within ${PATIENCE_MILLIS} ms`)
}

/** The init segment, where the format has one, and all media that a playlist lists, in order; undefined where there is none yet. */
async function fetchMedia(playlist: string, base: string): Promise<Sample | undefined> {
  const init = /#EXT-X-MAP:.*URI="([^"]+)"/.exec(playlist)?.[1]
  const media = listedMedia(playlist)
  if (media.length === 0) return undefined
  const pieces: Uint8Array[] = []
  const files = init === undefined ? media : [{ uri: init, range: undefined }, ...media]
  for (const { uri, range } of files) {
    const response = await fetch(new URL(uri, base), range === undefined ? {} : { headers: { range } })
    if (!response.ok) return undefined
    pieces.push(new Uint8Array(await response.arrayBuffer()))
  }
  return { at: Date.now(), bytes: Buffer.concat(pieces) }
}

interface Listed {
  readonly uri: string
  /** HTTP Range, undefined for a whole file. */
  readonly range: string | undefined
}

/** Complete segments, then the parts of the segment that is not complete (RFC 8216bis §4.4.4.9). */
function listedMedia(playlist: string): Listed[] {
  const media: Listed[] = []
  let parts: Listed[] = []
  for (const line of playlist.split('\n')) {
    if (line.startsWith('#EXT-X-PART:')) {
      const uri = /URI="([^"]+)"/.exec(line)?.[1]
      const [, length, offset] = /BYTERANGE="(\d+)@(\d+)"/.exec(line) ?? []
      if (uri === undefined) continue
      const range =
        length === undefined ? undefined : `bytes=${offset}-${Number(offset) + Number(length) - 1}`
      parts.push({ uri, range })
    } else if (line !== '' && !line.startsWith('#')) {
      media.push({ uri: line, range: undefined })
      parts = []
    }
  }
  return [...media, ...parts]
}

async function fetchText(url: string): Promise<string | undefined> {
  const response = await fetch(url)
  const text = await response.text()
  return response.ok ? text : undefined
}

/** True when ffmpeg makes at least one picture of the bytes. */
function decodes(bytes: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    const args = [
      '-v',
      'error',
      '-i',
      'pipe:0',
      '-frames:v',
      '1',
      '-f',
      'rawvideo',
      '-pix_fmt',
      'gray',
      'pipe:1',
    ]
    const options = { encoding: 'buffer', maxBuffer: 1 << 24 } as const
    const child = execFile('ffmpeg', args, options, (error, picture) =>
      resolve(error === null && picture.length > 0),
    )
    // It may have seen enough before it has read everything.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(bytes)
  })
}
