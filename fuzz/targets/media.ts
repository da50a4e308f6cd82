import { concatBytes } from '@sluice/core'
import {
  type AudioCodec,
  audioTrackOf,
  browserSupport,
  displaySize,
  nalUnits,
  type Track,
  type VideoCodec,
  videoTrackOf,
  withRecoveryPoint,
} from '@sluice/media'
import { AVC_CONFIGURATION, avcFrame } from '@sluice/testkit'
import * as records from '../../packages/media/src/testing/records.ts'
import type { FuzzTarget } from '../engine/target.ts'
import { recordedAudio, recordedVideo } from '../seeds/bodies.ts'

const VIDEO: readonly VideoCodec[] = ['h264', 'hevc', 'av1', 'vp9', 'vp8']
const AUDIO: readonly AudioCodec[] = ['aac', 'opus', 'flac', 'ac3', 'eac3', 'mp3']
const NONE = new Uint8Array()
/** E-AC-3, stereo: the start of a frame. */
const EAC3_FRAME = Uint8Array.of(0x0b, 0x77, 0, 3, 0x34, 0x87, 0x0f, 0xf8)

/** Records and frames beside those of the recordings. */
const MORE: Readonly<
  Partial<Record<VideoCodec | AudioCodec, readonly (readonly [Uint8Array, Uint8Array])[]>>
> = {
  // Behind the five bytes of FLV's video tag bodies.
  h264: [[AVC_CONFIGURATION.subarray(5), avcFrame(true).subarray(5)]],
  hevc: [
    [records.HEVC_FFMPEG, NONE],
    [records.HEVC_GSTREAMER, NONE],
  ],
  av1: [
    [records.AV1_FFMPEG, records.AV1_FFMPEG_KEYFRAME],
    [records.AV1_OBS, records.AV1_OBS_KEYFRAME],
  ],
  vp9: [[records.VP9_FFMPEG, records.VP9_FFMPEG_KEYFRAME]],
  vp8: [[NONE, records.VP8_KEYFRAME]],
  opus: [[records.OPUS_FFMPEG, records.OPUS_FFMPEG_PACKET]],
  flac: [
    [records.FLAC_FFMPEG, NONE],
    [records.FLAC_FFMPEG_END, NONE],
  ],
  ac3: [[NONE, records.AC3_FFMPEG_FRAME]],
  eac3: [[NONE, EAC3_FRAME]],
  mp3: [[NONE, records.MP3_GSTREAMER_FRAME]],
}

/** Configuration records and frame headers, a target for each codec. An input is the record's length, the record, a frame. */
export const MEDIA_TARGETS: readonly FuzzTarget[] = [
  ...VIDEO.map((codec) =>
    target(codec, recordedVideo, (record, frame) => {
      const track = videoTrackOf(codec, record, frame)
      const changed = codec === 'h264' ? withRecoveryPoint(frame, 4) : frame
      const units = codec === 'h264' ? [...nalUnits(frame, 4)] : []
      return { track, changed, units, size: track && displaySize(track), support: supportOf(track) }
    }),
  ),
  ...AUDIO.map((codec) =>
    target(codec, recordedAudio, (record, frame) => {
      const track = audioTrackOf(codec, record, frame)
      return { track, support: supportOf(track) }
    }),
  ),
]

function supportOf(track: Track | undefined): unknown {
  return track && browserSupport(track)
}

function target(
  codec: VideoCodec | AudioCodec,
  recorded: () => readonly {
    readonly codec: string
    readonly record: Uint8Array
    readonly frame: Uint8Array
  }[],
  read: (record: Uint8Array, frame: Uint8Array) => unknown,
): FuzzTarget {
  return {
    name: `media/${codec}`,
    summary: `configuration record and frames of ${codec}`,
    share: 10_000,
    mostBytes: 4_096,
    seeds: () => [
      ...recorded()
        .filter((track) => track.codec === codec)
        .map(({ record, frame }) => joined(record, frame)),
      ...(MORE[codec] ?? []).map(([record, frame]) => joined(record, frame)),
    ],
    read: (input) => {
      const length = (input[0] ?? 0) * 256 + (input[1] ?? 0)
      return read(input.subarray(2, 2 + length), input.subarray(2 + length))
    },
  }
}

function joined(record: Uint8Array, frame: Uint8Array): Uint8Array {
  return concatBytes([Uint8Array.of(record.length >> 8, record.length & 0xff), record, frame])
}
