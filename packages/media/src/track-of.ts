import { assertNever } from '@sluice/core'
import { aacTrack } from './aac/aac-track.ts'
import { ac3Track } from './ac3/ac3-track.ts'
import { eac3Track } from './ac3/eac3-track.ts'
import { readAv1CodecConfigurationRecord } from './av1/av1-codec-configuration-record.ts'
import { av1Track, findSequenceHeader } from './av1/av1-track.ts'
import { flacTrack } from './flac/flac-track.ts'
import { h264Track } from './h264/h264-track.ts'
import { hevcTrack } from './hevc/hevc-track.ts'
import { mp3Track } from './mp3/mp3-track.ts'
import { opusTrack } from './opus/opus-track.ts'
import type { AudioCodec, AudioTrack, VideoCodec, VideoTrack } from './track.ts'
import { vp8Track } from './vp8/vp8-track.ts'
import { vp9Track } from './vp9/vp9-track.ts'

/**
 * Describes a video from what has come of it so far.
 *
 * - H.264 and HEVC need their record.
 * - AV1 needs its record, and a keyframe too where the record holds no sequence header.
 * - VP9 needs its record and a keyframe.
 * - VP8 needs a keyframe; a record is not looked at.
 *
 * @param record - the codec's configuration record, as `VideoTrack.config` has it; kept, not copied.
 * @param keyframe - only read.
 * @returns undefined while something that it needs is not there.
 * @throws {ProtocolError} and {UnsupportedError} with the codes of the codec's own function, such as `hevcTrack`.
 */
export function videoTrackOf(
  codec: VideoCodec,
  record: Uint8Array | undefined,
  keyframe: Uint8Array | undefined,
): VideoTrack | undefined {
  switch (codec) {
    case 'h264':
      return record && h264Track(record)
    case 'hevc':
      return record && hevcTrack(record)
    case 'av1':
      return record && av1TrackOf(record, keyframe)
    case 'vp9':
      return record && keyframe && vp9Track(record, keyframe)
    case 'vp8':
      return keyframe && vp8Track(keyframe)
    default:
      return assertNever(codec)
  }
}

function av1TrackOf(record: Uint8Array, keyframe: Uint8Array | undefined): VideoTrack | undefined {
  const { configObus } = readAv1CodecConfigurationRecord(record)
  if (keyframe === undefined && findSequenceHeader(configObus) === undefined) return undefined
  return av1Track(record, keyframe)
}

/**
 * Describes audio from what has come of it so far.
 *
 * - AAC and FLAC need their record.
 * - Opus needs its record, which may be empty, and a packet.
 * - AC-3, E-AC-3 and MP3 need a frame; a record is not looked at.
 *
 * @param record - the codec's configuration record, as `AudioTrack.config` has it; kept, not copied.
 * @param frame - the first packet; only read.
 * @returns undefined while something that it needs is not there.
 * @throws {ProtocolError} and {UnsupportedError} with the codes of the codec's own function, such as `opusTrack`.
 */
export function audioTrackOf(
  codec: AudioCodec,
  record: Uint8Array | undefined,
  frame: Uint8Array | undefined,
): AudioTrack | undefined {
  switch (codec) {
    case 'aac':
      return record && aacTrack(record)
    case 'opus':
      return record && frame && opusTrack(record, frame)
    case 'flac':
      return record && flacTrack(record)
    case 'ac3':
      return frame && ac3Track(frame)
    case 'eac3':
      return frame && eac3Track(frame)
    case 'mp3':
      return frame && mp3Track(frame)
    default:
      return assertNever(codec)
  }
}
