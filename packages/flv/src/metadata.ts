import { type AmfMap, type AmfValue, isAmfMap } from '@sluice/amf'

/**
 * What `onMetaData` claims about a stream. Hints for people and for first guesses: codec headers decide.
 * A property is absent where the metadata says nothing usable.
 */
export interface MetadataHints {
  readonly width?: number
  readonly height?: number
  /** Frames per second. */
  readonly frameRate?: number
  readonly hasVideo?: boolean
  readonly hasAudio?: boolean
  /** Bits per second. */
  readonly videoBitrate?: number
  /** Bits per second. */
  readonly audioBitrate?: number
  /** Name of the sending program, at most 200 characters. */
  readonly encoder?: string
}

const MAX_SIDE = 65_535
const MAX_FRAME_RATE = 1000
const MAX_KILOBITS = 1_000_000
const MAX_ENCODER_LENGTH = 200

/**
 * Picks the hints out of the value of `onMetaData`. Never throws: a property of the wrong type or out of
 * any sensible range is as good as absent. Numbers written as text count.
 *
 * @param value - what came with the name `onMetaData`; anything but an object or array gives no hints.
 * @see FLV v10.1 Annex E.5
 */
export function readMetadata(value: AmfValue): MetadataHints {
  if (!isAmfMap(value)) return {}
  const width = numberOf(value, ['width'], MAX_SIDE)
  const height = numberOf(value, ['height'], MAX_SIDE)
  const frameRate = numberOf(value, ['framerate', 'videoframerate', 'fps'], MAX_FRAME_RATE)
  const videoKilobits = numberOf(value, ['videodatarate'], MAX_KILOBITS)
  const audioKilobits = numberOf(value, ['audiodatarate'], MAX_KILOBITS)
  const hasVideo = presence(value, 'hasVideo', 'videocodecid')
  const hasAudio = presence(value, 'hasAudio', 'audiocodecid')
  const encoder = value.get('encoder')
  return {
    ...(width === undefined ? {} : { width: Math.round(width) }),
    ...(height === undefined ? {} : { height: Math.round(height) }),
    ...(frameRate === undefined ? {} : { frameRate }),
    ...(hasVideo === undefined ? {} : { hasVideo }),
    ...(hasAudio === undefined ? {} : { hasAudio }),
    ...(videoKilobits === undefined ? {} : { videoBitrate: Math.round(videoKilobits * 1000) }),
    ...(audioKilobits === undefined ? {} : { audioBitrate: Math.round(audioKilobits * 1000) }),
    ...(typeof encoder === 'string' && encoder !== ''
      ? { encoder: encoder.slice(0, MAX_ENCODER_LENGTH) }
      : {}),
  }
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
