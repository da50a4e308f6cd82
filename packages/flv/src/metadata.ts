import { type AmfMap, type AmfValue, isAmfMap } from '@sluice/amf'
import type { AudioCodec, VideoCodec } from '@sluice/media'
import { audioCodecOf, videoCodecOf } from './fourcc.ts'

/**
 * What `onMetaData` claims about a video track. Hints for people and for first guesses: codec headers decide.
 * A property is absent where the metadata says nothing usable.
 */
export interface VideoHints {
  readonly width?: number
  readonly height?: number
  /** Frames per second. */
  readonly frameRate?: number
  /** Bits per second. */
  readonly videoBitrate?: number
  readonly videoCodec?: VideoCodec
}

/** What `onMetaData` claims about an audio track; as `VideoHints`. */
export interface AudioHints {
  /** Bits per second. */
  readonly audioBitrate?: number
  /** Samples per second. */
  readonly sampleRate?: number
  readonly channels?: number
  readonly audioCodec?: AudioCodec
}

/** What `onMetaData` claims about one of several audio tracks. */
export interface AudioTrackHints extends AudioHints {
  /** A tag as RFC 5646 writes them, such as `en` or `pt-BR`. */
  readonly language?: string
  /** For people, at most 64 characters. */
  readonly name?: string
}

/** What `onMetaData` claims about a stream; as `VideoHints`. */
export interface MetadataHints extends VideoHints, AudioHints {
  readonly hasVideo?: boolean
  readonly hasAudio?: boolean
  /** Name of the sending program, at most 200 characters. */
  readonly encoder?: string
  /** Where further video tracks differ from the first one, by track id (0 to 255). */
  readonly videoTracks?: ReadonlyMap<number, VideoHints>
  /** Where audio tracks differ from what is said of all, by track id (0 to 255). */
  readonly audioTracks?: ReadonlyMap<number, AudioTrackHints>
}

const MAX_SIDE = 65_535
const MAX_FRAME_RATE = 1000
const MAX_KILOBITS = 1_000_000
const MAX_SAMPLE_RATE = 768_000
const MAX_CHANNELS = 255
const MAX_ENCODER_LENGTH = 200
const MAX_NAME_LENGTH = 64
/** A language with its script, region and variants; private use and extensions are more than anybody needs here. */
const LANGUAGE_TAG = /^[a-z]{2,8}(-[a-z0-9]{1,8}){0,4}$/i
const MAX_TRACK_ID = 255

/** Codec ids that were numbers before they were FourCCs; 12 is the unofficial HEVC. */
const VIDEO_CODEC_IDS: Readonly<Record<number, VideoCodec>> = { 7: 'h264', 12: 'hevc' }
const AUDIO_CODEC_IDS: Readonly<Record<number, AudioCodec>> = { 2: 'mp3', 10: 'aac', 14: 'mp3' }

/**
 * Picks the hints out of the value of `onMetaData`. Never throws: a property of the wrong type or out of
 * any sensible range is as good as absent. Numbers written as text count, and FourCCs either way.
 *
 * @param value - what came with the name `onMetaData`; anything but an object or array gives no hints.
 * @see FLV v10.1 Annex E.5; Enhanced RTMP v2, Enhancing onMetaData
 */
export function readMetadata(value: AmfValue): MetadataHints {
  if (!isAmfMap(value)) return {}
  const hasVideo = presence(value, 'hasVideo', 'videocodecid')
  const hasAudio = presence(value, 'hasAudio', 'audiocodecid')
  const encoder = value.get('encoder')
  const videoTracks = tracksOf(value.get('videoTrackIdInfoMap'), videoHints)
  const audioTracks = tracksOf(value.get('audioTrackIdInfoMap'), audioTrackHints)
  return {
    ...videoHints(value),
    ...audioHints(value),
    ...(hasVideo === undefined ? {} : { hasVideo }),
    ...(hasAudio === undefined ? {} : { hasAudio }),
    ...(typeof encoder === 'string' && encoder !== ''
      ? { encoder: encoder.slice(0, MAX_ENCODER_LENGTH) }
      : {}),
    ...(videoTracks.size === 0 ? {} : { videoTracks }),
    ...(audioTracks.size === 0 ? {} : { audioTracks }),
  }
}

function videoHints(map: AmfMap): VideoHints {
  const width = numberOf(map, ['width'], MAX_SIDE)
  const height = numberOf(map, ['height'], MAX_SIDE)
  const frameRate = numberOf(map, ['framerate', 'videoframerate', 'fps'], MAX_FRAME_RATE)
  const kilobits = numberOf(map, ['videodatarate'], MAX_KILOBITS)
  const videoCodec = codecOf(map.get('videocodecid'), VIDEO_CODEC_IDS, videoCodecOf)
  return {
    ...(width === undefined ? {} : { width: Math.round(width) }),
    ...(height === undefined ? {} : { height: Math.round(height) }),
    ...(frameRate === undefined ? {} : { frameRate }),
    ...(kilobits === undefined ? {} : { videoBitrate: Math.round(kilobits * 1000) }),
    ...(videoCodec === undefined ? {} : { videoCodec }),
  }
}

function audioHints(map: AmfMap): AudioHints {
  const kilobits = numberOf(map, ['audiodatarate'], MAX_KILOBITS)
  const sampleRate = numberOf(map, ['audiosamplerate', 'samplerate'], MAX_SAMPLE_RATE)
  const channels = numberOf(map, ['audiochannels', 'channels'], MAX_CHANNELS)
  const audioCodec = codecOf(map.get('audiocodecid'), AUDIO_CODEC_IDS, audioCodecOf)
  return {
    ...(kilobits === undefined ? {} : { audioBitrate: Math.round(kilobits * 1000) }),
    ...(sampleRate === undefined ? {} : { sampleRate: Math.round(sampleRate) }),
    ...(channels === undefined ? {} : { channels: Math.round(channels) }),
    ...(audioCodec === undefined ? {} : { audioCodec }),
  }
}

function audioTrackHints(map: AmfMap): AudioTrackHints {
  const language = map.get('language')
  const name = nameOf(map)
  return {
    ...audioHints(map),
    ...(typeof language === 'string' && LANGUAGE_TAG.test(language) ? { language } : {}),
    ...(name === undefined ? {} : { name }),
  }
}

/** Enhanced RTMP leaves open what a track's name is called: these are what people call it. */
function nameOf(map: AmfMap): string | undefined {
  for (const key of ['name', 'title', 'label']) {
    const value = map.get(key)
    const text = typeof value === 'string' ? value.replaceAll(/\p{Cc}+/gu, ' ').trim() : ''
    if (text !== '') return text.slice(0, MAX_NAME_LENGTH)
  }
  return undefined
}

/** The entries of a track map whose key is a track id; those without a usable hint are there, and empty. */
function tracksOf<Hints>(value: AmfValue, read: (map: AmfMap) => Hints): ReadonlyMap<number, Hints> {
  const tracks = new Map<number, Hints>()
  if (!isAmfMap(value)) return tracks
  for (const [key, properties] of value) {
    const trackId = /^\d{1,3}$/.test(key) ? Number(key) : MAX_TRACK_ID + 1
    if (trackId <= MAX_TRACK_ID && isAmfMap(properties)) tracks.set(trackId, read(properties))
  }
  return tracks
}

/** The codec that an id names: one of the old numbers, a FourCC as number, or a FourCC as text. */
function codecOf<Codec>(
  id: AmfValue,
  known: Readonly<Record<number, Codec>>,
  byFourCc: (fourCc: number) => Codec | undefined,
): Codec | undefined {
  if (typeof id === 'number') return known[id] ?? byFourCc(id)
  if (typeof id !== 'string') return undefined
  if (/^\d+$/.test(id)) return known[Number(id)] ?? byFourCc(Number(id))
  if (!/^[\x20-\x7e]{4}$/.test(id)) return undefined
  let fourCc = 0
  for (let i = 0; i < id.length; i++) fourCc = fourCc * 256 + id.charCodeAt(i)
  return byFourCc(fourCc)
}

/** The first of the properties that holds a number above 0 and not above `max`. */
function numberOf(map: AmfMap, names: readonly string[], max: number): number | undefined {
  for (const name of names) {
    const value = map.get(name)
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    if (typeof number === 'number' && number > 0 && number <= max) return number
  }
  return undefined
}

/** What a flag says; without one, that a codec id is there (0 is an id: PCM). */
function presence(map: AmfMap, flag: string, codecId: string): boolean | undefined {
  const value = map.get(flag)
  if (typeof value === 'boolean') return value
  const id = map.get(codecId)
  return typeof id === 'number' || typeof id === 'string' ? true : undefined
}
