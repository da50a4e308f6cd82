import fc from 'fast-check'
import { expect, it } from 'vitest'
import { browserSupport } from './browser-support.ts'
import { parameters } from './testing/fast-check.ts'
import { hex } from './testing/hex.ts'
import { outcome } from './testing/outcome.ts'
import {
  AC3_FFMPEG_FRAME,
  AV1_FFMPEG,
  AV1_OBS_KEYFRAME,
  FLAC_FFMPEG,
  HEVC_FFMPEG,
  HEVC_GSTREAMER,
  MP3_GSTREAMER_FRAME,
  OPUS_FFMPEG,
  OPUS_FFMPEG_PACKET,
  VP8_KEYFRAME,
  VP9_FFMPEG,
  VP9_FFMPEG_KEYFRAME,
} from './testing/records.ts'
import type { Track } from './track.ts'
import { audioTrackOf, videoTrackOf } from './track-of.ts'

const NOTHING = new Uint8Array()
const SURROUND_OPUS = hex('4f70757348656164 01 06 3801 80bb0000 0000 01 04 02 000401020305')
const EAC3_FRAMES = hex('0b77000334870ff8 0b7740033487 0ff8')

/** What each codec begins with: a record, and a first packet. */
const STARTS = [
  ['hevc', HEVC_FFMPEG, NOTHING],
  ['hevc', HEVC_GSTREAMER, NOTHING],
  ['av1', AV1_FFMPEG, NOTHING],
  ['av1', AV1_FFMPEG.subarray(0, 4), AV1_OBS_KEYFRAME],
  ['vp9', VP9_FFMPEG, VP9_FFMPEG_KEYFRAME],
  ['vp8', NOTHING, VP8_KEYFRAME],
  ['opus', OPUS_FFMPEG, OPUS_FFMPEG_PACKET],
  ['opus', SURROUND_OPUS, OPUS_FFMPEG_PACKET],
  ['flac', FLAC_FFMPEG, NOTHING],
  ['ac3', NOTHING, AC3_FFMPEG_FRAME],
  ['eac3', NOTHING, EAC3_FRAMES],
  ['mp3', NOTHING, MP3_GSTREAMER_FRAME],
] as const

type Codec = (typeof STARTS)[number][0]

function trackOf(codec: Codec, record: Uint8Array, packet: Uint8Array): Track | undefined {
  return codec === 'hevc' || codec === 'av1' || codec === 'vp9' || codec === 'vp8'
    ? videoTrackOf(codec, record, packet)
    : audioTrackOf(codec, record, packet)
}

/** Throws for a track that nothing could play or package: a fault of ours, not of the bytes. */
function checkTrack(track: Track | undefined): void {
  if (track === undefined) throw new Error('no track, though there is a record and a packet')
  const counts =
    track.kind === 'video'
      ? [track.width, track.height, track.frameRate ?? 1, ...track.pixelAspectRatio]
      : [track.sampleRate, track.channels, track.samplesPerPacket]
  if (!counts.every((count) => count > 0 && count <= 1_048_576)) throw new Error(`counts ${counts.join(' ')}`)
  if (!/^[A-Za-z0-9-]{4}(\.[A-Z]?[0-9A-F]+[MH]?)*$/.test(track.codecString))
    throw new Error(track.codecString)
  browserSupport(track)
}

/** Changes some bits, cuts or lengthens. */
function damaged(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  return fc
    .record({
      flips: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { maxLength: 4 }),
      length: fc.oneof(fc.constant(bytes.length), fc.nat(bytes.length)),
      tail: fc.uint8Array({ maxLength: 8 }),
    })
    .map(({ flips, length, tail }) => {
      const copy = Uint8Array.from([...bytes.subarray(0, length), ...tail])
      for (const [at, mask] of flips) {
        const index = at % Math.max(1, copy.length)
        if (index < copy.length) copy[index] = (copy[index] ?? 0) ^ mask
      }
      return copy
    })
}

it.each(STARTS)('%s: damaged bytes are a track or a declared error', (codec, record, packet) => {
  fc.assert(
    fc.property(damaged(record), damaged(packet), (badRecord, badPacket) => {
      expect(outcome(() => checkTrack(trackOf(codec, badRecord, badPacket)))).toMatch(
        new RegExp(`^(read|media\\.${codec}\\.\\w+)$`),
      )
    }),
    parameters,
  )
})

it.each(STARTS)('%s: arbitrary bytes are a track or a declared error', (codec) => {
  const bytes = fc.uint8Array({ maxLength: 60 })
  fc.assert(
    fc.property(bytes, bytes, (record, packet) => {
      expect(outcome(() => checkTrack(trackOf(codec, record, packet)))).toMatch(
        new RegExp(`^(read|media\\.${codec}\\.\\w+)$`),
      )
    }),
    parameters,
  )
})

it.each(STARTS)('%s: bytes are only read', (codec, record, packet) => {
  const before = [Uint8Array.from(record), Uint8Array.from(packet)]
  trackOf(codec, record, packet)
  expect([record, packet].map((bytes) => Uint8Array.from(bytes))).toStrictEqual(before)
})
