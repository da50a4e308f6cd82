import { waitFor } from '@sluice/testkit'
import * as HLS from 'hls-parser'
import { fetchText } from './media.ts'

// Its warnings count segments where the standard counts seconds.
HLS.setOptions({ silent: true })

/** A variant of a multivariant playlist. */
export interface Variant {
  /** Id of its rendition. */
  readonly id: string
  /** CODECS: RFC 6381, with commas between. */
  readonly codecs: string
  readonly width: number | undefined
  readonly height: number | undefined
  readonly frameRate: number | undefined
  /** Id of the audio rendition that goes with it. */
  readonly audio: string | undefined
}

/** A segment of a media playlist. */
export interface ListedSegment {
  readonly uri: string
  readonly number: number
  /** URI of its init segment. */
  readonly init: string
  /** Seconds. */
  readonly duration: number
  /** It begins with an EXT-X-DISCONTINUITY. */
  readonly discontinuity: boolean
  /** EXT-X-PROGRAM-DATE-TIME in milliseconds. */
  readonly date: number
}

/** A media playlist. */
export interface MediaPlaylist {
  readonly ended: boolean
  readonly segments: readonly ListedSegment[]
}

/** The variants of a multivariant playlist in its order, without those of sound alone where there are pictures; read by hls-parser. */
export async function readVariants(base: string): Promise<Variant[]> {
  const playlist = HLS.parse(await fetchKnown(`${base}/index.m3u8`))
  if (!('variants' in playlist)) throw new Error(`${base}/index.m3u8 is no multivariant playlist`)
  const withPicture = playlist.variants.filter(({ resolution }) => resolution !== undefined)
  const variants = withPicture.length === 0 ? playlist.variants : withPicture
  return variants.map(({ uri, codecs, resolution, frameRate, audio }) => ({
    id: renditionOf(uri),
    codecs: codecs ?? '',
    width: resolution?.width,
    height: resolution?.height,
    frameRate,
    audio: audio[0]?.uri === undefined ? undefined : renditionOf(audio[0].uri),
  }))
}

/** The complete segments of a rendition, read by hls-parser. */
export async function readMediaPlaylist(base: string, rendition: string): Promise<MediaPlaylist> {
  const playlist = HLS.parse(await fetchKnown(`${base}/${rendition}/index.m3u8`))
  if (!('segments' in playlist)) throw new Error(`${rendition} of ${base} is no media playlist`)
  const segments = playlist.segments
    .filter(({ uri }) => uri !== '')
    .map((segment) => ({
      uri: segment.uri,
      number: segment.mediaSequenceNumber,
      init: segment.map?.uri ?? '',
      duration: segment.duration,
      discontinuity: segment.discontinuity === true,
      date: segment.programDateTime?.getTime() ?? Number.NaN,
    }))
  return { ended: playlist.endlist, segments }
}

/** Waits until every playlist of a stream has its EXT-X-ENDLIST. @returns the variants. */
export function waitForEnd(base: string): Promise<Variant[]> {
  return waitFor(
    async () => {
      const variants = await readVariants(base)
      for (const id of renditionsOf(variants))
        if (!(await readMediaPlaylist(base, id)).ended) return undefined
      return variants
    },
    { what: `the end of ${base}`, timeout: 30_000, interval: 200 },
  )
}

/** Ids of all renditions that variants name, each once. */
export function renditionsOf(variants: readonly Variant[]): string[] {
  return [...new Set(variants.flatMap(({ id, audio }) => (audio === undefined ? [id] : [id, audio])))]
}

function renditionOf(uri: string): string {
  return uri.split('/')[0] ?? uri
}

async function fetchKnown(url: string): Promise<string> {
  const text = await fetchText(url)
  if (text === undefined) throw new Error(`${url} is not there`)
  return text
}
