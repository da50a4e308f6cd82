import { timescale } from '@sluice/core'
import type { AudioCodec, AudioTrack, VideoCodec, VideoTrack } from '@sluice/media'
import { type Fields, fieldsOf, malformed, readColour } from './colour-description.ts'

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
    ...(fields.announcedFrameRate === undefined
      ? {}
      : { announcedFrameRate: positive(fields, 'announcedFrameRate') }),
    ...(fields.colour === undefined ? {} : { colour: readColour(fields.colour) }),
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

function readFields(text: string): Fields {
  try {
    return fieldsOf(JSON.parse(text), 'fields')
  } catch (error) {
    if (error instanceof SyntaxError) throw malformed('JSON')
    throw error
  }
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
