import { type Bandwidth, bandwidthOf } from '../timeline/bandwidth.ts'
import type { Rendition } from '../timeline/events.ts'
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
 * Renders the multivariant playlist: a variant per rung with the audio group it names, or a variant per
 * audio rendition where there is no video. Renditions that are only planned are listed too; a viewer who
 * comes in the first second gets the whole ladder, and its playlists when they exist.
 *
 * @see RFC 8216 §4.3.4; draft-pantos-hls-rfc8216bis §4.4.6
 */
export function renderMultivariant(snapshot: TimelineSnapshot): string {
  const { renditions } = snapshot
  const video = renditions.filter(({ rendition }) => rendition.kind === 'video')
  const groups = video.length === 0 ? [] : renditions.filter(({ rendition }) => rendition.kind === 'audio')
  const variants = video.length === 0 ? renditions : video

  const lines = ['#EXTM3U']
  if (groups.length > 0) lines.push(`#EXT-X-VERSION:${VERSION_WITH_GROUPS}`)
  if (renditions.every(({ independent }) => independent)) lines.push('#EXT-X-INDEPENDENT-SEGMENTS')
  for (const group of groups) lines.push(...mediaTag(group.rendition))
  for (const variant of variants) lines.push(...streamInf(snapshot, variant))
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

function streamInf(snapshot: TimelineSnapshot, variant: RenditionSnapshot): readonly string[] {
  const { rendition } = variant
  const audio = audioOf(snapshot, rendition)
  const bandwidth = sum(bandwidthOf(variant), audio && bandwidthOf(audio))
  const codecs = [rendition.codecString, ...(audio === undefined ? [] : [audio.rendition.codecString])]
  const attributes = attributeList({
    BANDWIDTH: bandwidth.peak,
    'AVERAGE-BANDWIDTH': bandwidth.average,
    CODECS: quoted(codecs.join(',')),
    ...pictureAttributes(rendition),
    AUDIO: audio && quoted(audio.rendition.id),
  })
  return [`#EXT-X-STREAM-INF:${attributes}`, mediaPlaylistUri(rendition.id)]
}

function pictureAttributes(rendition: Rendition): Readonly<Record<string, string | undefined>> {
  if (rendition.kind === 'audio') return {}
  return {
    RESOLUTION: `${rendition.width}x${rendition.height}`,
    'FRAME-RATE': rendition.frameRate?.toFixed(3),
  }
}

function audioOf(snapshot: TimelineSnapshot, rendition: Rendition): RenditionSnapshot | undefined {
  if (rendition.kind === 'audio' || rendition.audio === undefined) return undefined
  return findRendition(snapshot, rendition.audio)
}

function sum(video: Bandwidth, audio: Bandwidth | undefined): Bandwidth {
  if (audio === undefined) return video
  const known = video.average !== undefined && audio.average !== undefined
  return {
    peak: video.peak + audio.peak,
    average: known ? (video.average ?? 0) + (audio.average ?? 0) : undefined,
  }
}
