import { type Bandwidth, bandwidthOf } from '../timeline/bandwidth.ts'
import { type Rendition, rangeOf } from '../timeline/events.ts'
import { findRendition, type RenditionSnapshot, type TimelineSnapshot } from '../timeline/snapshot.ts'
import { attributeList, quoted } from './attributes.ts'

/** The same for every audio group: groups hold the same sound at different rates. */
const AUDIO_NAME = 'Audio'
/** EXT-X-MEDIA needs protocol version 4, nothing else here needs one. */
const VERSION_WITH_GROUPS = 4

/** Path of a rendition's media playlist, relative to the multivariant playlist. */
export function mediaPlaylistUri(rendition: string): string {
  return `${rendition}/index.m3u8`
}

/**
 * Renders the multivariant playlist: a variant per rung with the audio group it names, or a variant per audio rendition
 * where there is no video. Behind these come the same rungs with each further group: players keep to the variants whose
 * codecs they have, and switch among those of one group. Every group that is listed belongs to a variant. Renditions that
 * are only planned are listed too; a viewer who comes in the first second gets the whole ladder, and its playlists when
 * they exist.
 *
 * @see RFC 8216 §4.3.4; draft-pantos-hls-rfc8216bis §4.4.6, §4.4.6.2 (VIDEO-RANGE)
 */
export function renderMultivariant(snapshot: TimelineSnapshot): string {
  const { renditions } = snapshot
  const video = renditions.filter(({ rendition }) => rendition.kind === 'video')
  const variants = video.length === 0 ? renditions.map(alone) : withSound(snapshot, video)
  const groups = renditions.filter((rendition) => variants.some(({ audio }) => audio === rendition))
  const tellsRange = video.some(({ rendition }) => rangeOf(rendition) !== 'SDR')

  const lines = ['#EXTM3U']
  if (groups.length > 0) lines.push(`#EXT-X-VERSION:${VERSION_WITH_GROUPS}`)
  if (renditions.every(({ independent }) => independent)) lines.push('#EXT-X-INDEPENDENT-SEGMENTS')
  for (const group of groups) lines.push(...mediaTag(group.rendition))
  for (const variant of variants) lines.push(...streamInf(variant, tellsRange))
  return `${lines.join('\n')}\n`
}

function mediaTag(rendition: Rendition): readonly string[] {
  if (rendition.kind !== 'audio') return []
  const attributes = attributeList({
    TYPE: 'AUDIO',
    'GROUP-ID': quoted(rendition.id),
    NAME: quoted(AUDIO_NAME),
    DEFAULT: 'YES',
    AUTOSELECT: 'YES',
    CHANNELS: quoted(String(rendition.channels)),
    URI: quoted(mediaPlaylistUri(rendition.id)),
  })
  return [`#EXT-X-MEDIA:${attributes}`]
}

/** A rung and the sound it is played with. */
interface Variant {
  readonly main: RenditionSnapshot
  readonly audio: RenditionSnapshot | undefined
}

function alone(main: RenditionSnapshot): Variant {
  return { main, audio: undefined }
}

/** Every rung with the first of its sounds that is there, then every rung with each further one. */
function withSound(snapshot: TimelineSnapshot, video: readonly RenditionSnapshot[]): readonly Variant[] {
  const sounds = video.map(({ rendition }) => soundsOf(snapshot, rendition))
  const first = video.map((main, index): Variant => ({ main, audio: sounds[index]?.[0] }))
  const further = video.flatMap((main, index) =>
    (sounds[index] ?? []).slice(1).map((audio): Variant => ({ main, audio })),
  )
  return [...first, ...further]
}

function soundsOf(snapshot: TimelineSnapshot, rendition: Rendition): readonly RenditionSnapshot[] {
  if (rendition.kind === 'audio') return []
  const ids = [rendition.audio, ...(rendition.furtherAudio ?? [])]
  const found = ids.map((id) => (id === undefined ? undefined : findRendition(snapshot, id)))
  return found.filter((audio) => audio !== undefined)
}

function streamInf({ main, audio }: Variant, tellsRange: boolean): readonly string[] {
  const { rendition } = main
  const bandwidth = sum(bandwidthOf(main), audio && bandwidthOf(audio))
  const codecs = [rendition.codecString, ...(audio === undefined ? [] : [audio.rendition.codecString])]
  const attributes = attributeList({
    BANDWIDTH: bandwidth.peak,
    'AVERAGE-BANDWIDTH': bandwidth.average,
    CODECS: quoted(codecs.join(',')),
    ...pictureAttributes(rendition, tellsRange),
    AUDIO: audio && quoted(audio.rendition.id),
  })
  return [`#EXT-X-STREAM-INF:${attributes}`, mediaPlaylistUri(rendition.id)]
}

/** @param tellsRange - some variant is not SDR, which is assumed where nothing is said. */
function pictureAttributes(
  rendition: Rendition,
  tellsRange: boolean,
): Readonly<Record<string, string | undefined>> {
  if (rendition.kind === 'audio') return {}
  return {
    RESOLUTION: `${rendition.width}x${rendition.height}`,
    'FRAME-RATE': rendition.frameRate?.toFixed(3),
    'VIDEO-RANGE': tellsRange ? rangeOf(rendition) : undefined,
  }
}

function sum(video: Bandwidth, audio: Bandwidth | undefined): Bandwidth {
  if (audio === undefined) return video
  const known = video.average !== undefined && audio.average !== undefined
  return {
    peak: video.peak + audio.peak,
    average: known ? (video.average ?? 0) + (audio.average ?? 0) : undefined,
  }
}
