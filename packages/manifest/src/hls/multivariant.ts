import { type Bandwidth, bandwidthOf } from '../timeline/bandwidth.ts'
import { type AudioRendition, type Rendition, rangeOf } from '../timeline/events.ts'
import { findRendition, type RenditionSnapshot, type TimelineSnapshot } from '../timeline/snapshot.ts'
import { attributeList, quoted } from './attributes.ts'
import { type ListRange, rangeQuery } from './list-range.ts'

/** Of a sound without alternatives, in every group: groups hold the same sound at different rates. */
const AUDIO_NAME = 'Audio'
/** EXT-X-MEDIA needs protocol version 4, nothing else here needs one. */
const VERSION_WITH_GROUPS = 4

/** Path of a rendition's media playlist, relative to the multivariant playlist. */
export function mediaPlaylistUri(rendition: string, range?: ListRange): string {
  return `${rendition}/index.m3u8${rangeQuery(range)}`
}

/** Who a multivariant playlist is for. */
export interface MultivariantOptions {
  /** Beside the pictures, list their sounds alone, default true. For players that would play nothing else then. */
  readonly soundAlone?: boolean
  /** The part of the window that the media playlists are to have; default all of it. */
  readonly range?: ListRange | undefined
}

/**
 * Renders the multivariant playlist: a variant per rung with the audio group it names, or a variant per audio rendition
 * where there is no video. Behind these come the same rungs with each further group: players keep to the variants whose
 * codecs they have, and switch among those of one group. Last come the groups without a picture, for connections that carry
 * no more, and for players in the background. Every group that is listed belongs to a variant, is named after the default
 * sound in it, and has all alternatives to that. Renditions that
 * are only planned are listed too; a viewer who comes in the first second gets the whole ladder, and its playlists when
 * they exist.
 *
 * @see RFC 8216 §4.3.4; draft-pantos-hls-rfc8216bis §4.4.6, §4.4.6.2 (VIDEO-RANGE)
 */
export function renderMultivariant(
  snapshot: TimelineSnapshot,
  { soundAlone = true, range }: MultivariantOptions = {},
): string {
  const { renditions } = snapshot
  const video = renditions.filter(({ rendition }) => rendition.kind === 'video')
  const alternatives = renditions.filter(({ rendition }) => isAlternative(rendition))
  const sounds = renditions.filter(({ rendition }) => rendition.kind === 'audio' && !isAlternative(rendition))
  const pictures = withSound(snapshot, video)
  const groups = sounds.filter((sound) =>
    video.length > 0 ? pictures.some(({ audio }) => audio === sound) : alternatives.length > 0,
  )
  const alone = (video.length > 0 ? groups : sounds).map(
    (main): Variant => ({ main, audio: groups.includes(main) ? main : undefined }),
  )
  const variants = video.length > 0 && !soundAlone ? pictures : [...pictures, ...alone]
  const tellsRange = video.some(({ rendition }) => rangeOf(rendition) !== 'SDR')

  const lines = ['#EXTM3U']
  if (groups.length > 0) lines.push(`#EXT-X-VERSION:${VERSION_WITH_GROUPS}`)
  if (renditions.every(({ independent }) => independent)) lines.push('#EXT-X-INDEPENDENT-SEGMENTS')
  for (const group of groups) lines.push(...groupTags(group.rendition, alternatives, range))
  for (const variant of variants) lines.push(...streamInf(variant, alternatives, { tellsRange, range }))
  return `${lines.join('\n')}\n`
}

function isAlternative(rendition: Rendition): boolean {
  return rendition.kind === 'audio' && rendition.alternative !== undefined
}

function groupTags(
  main: Rendition,
  alternatives: readonly RenditionSnapshot[],
  range: ListRange | undefined,
): readonly string[] {
  const languages = new Set<string | undefined>([undefined])
  return [main, ...alternatives.map(({ rendition }) => rendition)].flatMap((member) => {
    if (member.kind !== 'audio') return []
    const isDefault = member === main
    // Players choose by themselves among sounds that they can tell apart.
    const isDistinct = !languages.has(member.language)
    languages.add(member.language)
    return [mediaTag(member, { group: main.id, isDefault, autoselect: isDefault || isDistinct, range })]
  })
}

function mediaTag(
  rendition: AudioRendition,
  {
    group,
    isDefault,
    autoselect,
    range,
  }: {
    readonly group: string
    readonly isDefault: boolean
    readonly autoselect: boolean
    readonly range: ListRange | undefined
  },
): string {
  const { id, name = AUDIO_NAME, language, channels } = rendition
  const attributes = attributeList({
    TYPE: 'AUDIO',
    'GROUP-ID': quoted(group),
    NAME: quoted(name),
    LANGUAGE: language && quoted(language),
    DEFAULT: isDefault ? 'YES' : 'NO',
    AUTOSELECT: autoselect ? 'YES' : 'NO',
    CHANNELS: quoted(String(channels)),
    URI: quoted(mediaPlaylistUri(id, range)),
  })
  return `#EXT-X-MEDIA:${attributes}`
}

/** A rung and the sound it is played with; a sound alone may be both. */
interface Variant {
  readonly main: RenditionSnapshot
  readonly audio: RenditionSnapshot | undefined
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

function streamInf(
  { main, audio }: Variant,
  alternatives: readonly RenditionSnapshot[],
  { tellsRange, range }: { readonly tellsRange: boolean; readonly range: ListRange | undefined },
): readonly string[] {
  const { rendition } = main
  const members = audio === undefined ? [] : [audio, ...alternatives]
  const bandwidth = bandwidthSum(audio === main ? undefined : bandwidthOf(main), members.map(bandwidthOf))
  const codecs = new Set([main, ...members].map((each) => each.rendition.codecString))
  const attributes = attributeList({
    BANDWIDTH: bandwidth.peak,
    'AVERAGE-BANDWIDTH': bandwidth.average,
    CODECS: quoted([...codecs].join(',')),
    ...pictureAttributes(rendition, tellsRange),
    AUDIO: audio && quoted(audio.rendition.id),
  })
  return [`#EXT-X-STREAM-INF:${attributes}`, mediaPlaylistUri(rendition.id, range)]
}

/**
 * What EXT-X-STREAM-INF says of a picture; nothing of a sound.
 *
 * @param tellsRange - some variant is not SDR, which is assumed where nothing is said.
 */
export function pictureAttributes(
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

/** The picture with whichever sound needs most. RFC 8216 §4.3.4.2 */
export function bandwidthSum(picture: Bandwidth | undefined, sounds: readonly Bandwidth[]): Bandwidth {
  const all = picture === undefined ? sounds : [picture, ...sounds]
  const largest = (of: (bandwidth: Bandwidth) => number): number => Math.max(0, ...sounds.map(of))
  const known = all.every(({ average }) => average !== undefined)
  return {
    peak: (picture?.peak ?? 0) + largest(({ peak }) => peak),
    average: known ? (picture?.average ?? 0) + largest(({ average }) => average ?? 0) : undefined,
  }
}
