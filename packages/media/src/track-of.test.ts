import { describe, expect, it } from 'vitest'
import { aacTrack } from './aac/aac-track.ts'
import { ac3Track } from './ac3/ac3-track.ts'
import { av1Track } from './av1/av1-track.ts'
import { flacTrack } from './flac/flac-track.ts'
import { hevcTrack } from './hevc/hevc-track.ts'
import { mp3Track } from './mp3/mp3-track.ts'
import { opusTrack } from './opus/opus-track.ts'
import { hex } from './testing/hex.ts'
import {
  AC3_FFMPEG_FRAME,
  AV1_FFMPEG,
  AV1_FFMPEG_KEYFRAME,
  FLAC_FFMPEG,
  HEVC_FFMPEG,
  MP3_GSTREAMER_FRAME,
  OPUS_FFMPEG,
  OPUS_FFMPEG_PACKET,
  VP8_KEYFRAME,
  VP9_FFMPEG,
  VP9_FFMPEG_KEYFRAME,
} from './testing/records.ts'
import { audioTrackOf, videoTrackOf } from './track-of.ts'
import { vp8Track } from './vp8/vp8-track.ts'
import { vp9Track } from './vp9/vp9-track.ts'

const AVC = hex('0142c00dffe100156742c00dda0507ec04400000fa40003a9803c50aa801000468ce0fc8')
const NONE = undefined

describe('videoTrackOf', () => {
  it.each([
    ['h264', NONE, AVC],
    ['hevc', NONE, HEVC_FFMPEG],
    ['av1', NONE, AV1_FFMPEG_KEYFRAME],
    ['av1', AV1_FFMPEG.subarray(0, 4), NONE],
    ['vp9', VP9_FFMPEG, NONE],
    ['vp9', NONE, VP9_FFMPEG_KEYFRAME],
    ['vp8', NONE, NONE],
    ['vp8', new Uint8Array(), NONE],
  ] as const)('%s waits', (codec, record, keyframe) => {
    expect(videoTrackOf(codec, record, keyframe)).toBeUndefined()
  })

  it('needs nothing more', () => {
    expect(videoTrackOf('h264', AVC, NONE)).toMatchObject({ codec: 'h264', width: 320, height: 240 })
    expect(videoTrackOf('hevc', HEVC_FFMPEG, NONE)).toStrictEqual(hevcTrack(HEVC_FFMPEG))
    expect(videoTrackOf('av1', AV1_FFMPEG, NONE)).toStrictEqual(av1Track(AV1_FFMPEG))
    const bare = AV1_FFMPEG.subarray(0, 4)
    expect(videoTrackOf('av1', bare, AV1_FFMPEG_KEYFRAME)).toStrictEqual(av1Track(bare, AV1_FFMPEG_KEYFRAME))
    expect(videoTrackOf('vp9', VP9_FFMPEG, VP9_FFMPEG_KEYFRAME)).toStrictEqual(
      vp9Track(VP9_FFMPEG, VP9_FFMPEG_KEYFRAME),
    )
    expect(videoTrackOf('vp8', NONE, VP8_KEYFRAME)).toStrictEqual(vp8Track(VP8_KEYFRAME))
  })
})

describe('audioTrackOf', () => {
  it.each([
    ['aac', NONE, hex('2100')],
    ['opus', NONE, OPUS_FFMPEG_PACKET],
    ['opus', OPUS_FFMPEG, NONE],
    ['flac', NONE, hex('fff8')],
    ['ac3', new Uint8Array(), NONE],
    ['eac3', new Uint8Array(), NONE],
    ['mp3', NONE, NONE],
  ] as const)('%s waits', (codec, record, frame) => {
    expect(audioTrackOf(codec, record, frame)).toBeUndefined()
  })

  it('needs nothing more', () => {
    const asc = hex('1210')
    expect(audioTrackOf('aac', asc, NONE)).toStrictEqual(aacTrack(asc))
    expect(audioTrackOf('opus', OPUS_FFMPEG, OPUS_FFMPEG_PACKET)).toStrictEqual(
      opusTrack(OPUS_FFMPEG, OPUS_FFMPEG_PACKET),
    )
    expect(audioTrackOf('flac', FLAC_FFMPEG, NONE)).toStrictEqual(flacTrack(FLAC_FFMPEG))
    expect(audioTrackOf('ac3', new Uint8Array(), AC3_FFMPEG_FRAME)).toStrictEqual(ac3Track(AC3_FFMPEG_FRAME))
    expect(audioTrackOf('eac3', NONE, hex('0b77000334870ff8'))).toMatchObject({ codec: 'eac3' })
    expect(audioTrackOf('mp3', NONE, MP3_GSTREAMER_FRAME)).toStrictEqual(mp3Track(MP3_GSTREAMER_FRAME))
  })
})
