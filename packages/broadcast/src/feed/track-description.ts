import { ProtocolError, timescale } from '@sluice/core'
import type { AudioCodec, AudioTrack, VideoCodec, VideoTrack } from '@sluice/media'

const VIDEO_CODECS: readonly VideoCodec[] = ['h264', 'hevc', 'av1', 'vp9', 'vp8']
const AUDIO_CODECS: readonly AudioCodec[] = ['aac', 'opus', 'flac', 'ac3', 'eac3', 'mp3']

/**
 * A track as text: codecs that say in their first frame what they are could not be told from a feed's configurations.
 */
export function describeTrack(track: VideoTrack | AudioTrack): string {
  return JSON.stringify({ ...track, config: Buffer.from(track.config).toString('base64') })
}

/** @throws {ProtocolError} `broadcast.feed.bad_track` for anything that `describeTrack` does not write. */
export function readVideoDescription(text: string): VideoTrack {
  const fields = readFields(text)
  return {
    kind: 'video',
    codec: oneOf(VIDEO_CODECS, fields.codec),
    codecString: string(fields, 'codecString'),
    width: positive(fields, 'width'),
    height: positive(fields, 'height'),
    pixelAspectRatio: ratio(fields.pixelAspectRatio),
    frameRate: fields.frameRate === undefined ? undefined : positive(fields, 'frameRate'),
    timescale: timescale(whole(fields, 'timescale')),
    config: bytes(fields),
  }
}

/** @throws {ProtocolError} `broadcast.feed.bad_track` for anything that `describeTrack` does not write. */
export function readAudioDescription(text: string): AudioTrack {
  const fields = readFields(text)
  return {
    kind: 'audio',
    codec: oneOf(AUDIO_CODECS, fields.codec),
    codecString: string(fields, 'codecString'),
    sampleRate: whole(fields, 'sampleRate'),
    channels: whole(fields, 'channels'),
    samplesPerPacket: whole(fields, 'samplesPerPacket'),
    timescale: timescale(whole(fields, 'timescale')),
    config: bytes(fields),
  }
}

type Fields = Readonly<Record<string, unknown>>

function readFields(text: string): Fields {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw malformed('JSON')
  }
  if (typeof value !== 'object' || value === null) throw malformed('fields')
  return { ...value }
}

function string(fields: Fields, name: string): string {
  const value = fields[name]
  if (typeof value !== 'string') throw malformed(name)
  return value
}

function positive(fields: Fields, name: string): number {
  const value = fields[name]
  if (typeof value !== 'number' || !(value > 0)) throw malformed(name)
  return value
}

function whole(fields: Fields, name: string): number {
  const value = positive(fields, name)
  if (!Number.isSafeInteger(value)) throw malformed(name)
  return value
}

function oneOf<T extends string>(allowed: readonly T[], value: unknown): T {
  const found = allowed.find((each) => each === value)
  if (found === undefined) throw malformed('codec')
  return found
}

function ratio(value: unknown): readonly [number, number] {
  if (!Array.isArray(value) || value.length !== 2) throw malformed('pixelAspectRatio')
  const [horizontal, vertical]: unknown[] = value
  if (typeof horizontal !== 'number' || typeof vertical !== 'number') throw malformed('pixelAspectRatio')
  return [horizontal, vertical]
}

function bytes(fields: Fields): Uint8Array {
  return Uint8Array.from(Buffer.from(string(fields, 'config'), 'base64'))
}

function malformed(name: string): ProtocolError {
  return new ProtocolError('broadcast.feed.bad_track', `a track of the feed has no valid ${name}`)
}
