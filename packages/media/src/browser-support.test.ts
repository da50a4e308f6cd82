import { describe, expect, it } from 'vitest'
import { aacTrack } from './aac/aac-track.ts'
import { ac3Track } from './ac3/ac3-track.ts'
import { eac3Track } from './ac3/eac3-track.ts'
import { av1Track } from './av1/av1-track.ts'
import { browserSupport } from './browser-support.ts'
import { flacTrack } from './flac/flac-track.ts'
import { h264Track } from './h264/h264-track.ts'
import { hevcTrack } from './hevc/hevc-track.ts'
import { mp3Track } from './mp3/mp3-track.ts'
import { opusTrack } from './opus/opus-track.ts'
import { hex } from './testing/hex.ts'
import {
  AC3_FFMPEG_FRAME,
  AV1_FFMPEG,
  FLAC_FFMPEG,
  HEVC_FFMPEG,
  HEVC_GSTREAMER,
  MP3_GSTREAMER_FRAME,
  OPUS_FFMPEG,
  VP8_KEYFRAME,
  VP9_FFMPEG_KEYFRAME,
} from './testing/records.ts'
import { vp8Track } from './vp8/vp8-track.ts'
import { vp9Track } from './vp9/vp9-track.ts'

// Written by ffmpeg 5.1.9 with libx264; commands in h264/h264-track.test.ts.
const BASELINE = '0142c00dffe100156742c00dda0507ec04400000fa40003a9803c50aa801000468ce0fc8'
const INTERLACED = '014d401effe10018674d401ef405a126c104000003000400000300c87c50aa8001000468de0fc8'
const HIGH =
  '01640028ffe1001b67640028acd940780227e5c044000003000400000300c83c60c65801000668ebe3cb22c0fdf8f800'
const HIGH_10 = '016e001fffe10019676e001fa6cb405017fcb808800000030080000032078c195001000468ce0fc8fdfafa00'
const HIGH_422 = '017a001fffe10019677a001fbcb405017fcf80880000030008000003032078c19501000468ce0fc8fef8f800'
const HIGH_444 =
  '01f4001effe1001e67f4001e919680d83de32bff0cca0cc71000000300100000030320f162ea01000568ce0f1920fff8f800'
const MONOCHROME =
  '0164001effe1001a6764001ef3650290bf8f9f016c800000030080000019078b16cb01000668ebe3cb22c0fcf8f800'

describe('browserSupport', () => {
  it.each([
    ['Baseline', BASELINE, 'all'],
    ['Main, interlaced', INTERLACED, 'all'],
    ['High', HIGH, 'all'],
    ['High 10', HIGH_10, 'none'],
    ['High 4:2:2', HIGH_422, 'none'],
    ['High 4:4:4', HIGH_444, 'none'],
    ['High, monochrome', MONOCHROME, 'none'],
    ['High 4:4:4 in a record that says High', `0164${HIGH_444.slice(4)}`, 'none'],
  ])('H.264 %s', (_name, record, support) => {
    const track = h264Track(hex(record))
    expect(browserSupport(track)).toBe(support)
  })

  it.each([
    ['LC', '1210', 'all'],
    ['HE', '2b920800', 'all'],
    ['HE v2', 'eb8a0800', 'all'],
    ['7.1', '11b8', 'all'],
    ['22.2', '11e8', 'none'],
    ['LC with 960 samples a frame', '1214', 'none'],
  ])('AAC %s', (_name, record, support) => {
    const track = aacTrack(hex(record))
    expect(browserSupport(track)).toBe(support)
  })

  /** The record of ffmpeg with another profile in front; its SPS stays Main. */
  const relabelled = Uint8Array.from(HEVC_FFMPEG)
  relabelled[1] = 4
  const inProfileSpace1 = Uint8Array.from(HEVC_FFMPEG)
  inProfileSpace1[1] = 0x41
  const frame = Uint8Array.from([0x78])

  it.each([
    ['HEVC Main', hevcTrack(HEVC_FFMPEG), 'some'],
    ['HEVC range extensions', hevcTrack(HEVC_GSTREAMER), 'none'],
    ['HEVC in a record of another profile', hevcTrack(relabelled), 'none'],
    ['HEVC in another profile space', hevcTrack(inProfileSpace1), 'none'],
    ['AV1 Main', av1Track(AV1_FFMPEG), 'some'],
    ['AV1 High', av1Track(Uint8Array.from(AV1_FFMPEG, (byte, i) => (i === 1 ? byte | 0x20 : byte))), 'none'],
    ['VP9 profile 0', vp9Track(hex('000a820202020000'), VP9_FFMPEG_KEYFRAME), 'some'],
    ['VP9 profile 1', vp9Track(hex('010a860202020000'), VP9_FFMPEG_KEYFRAME), 'none'],
    ['VP9 profile 2', vp9Track(hex('020aa20202020000'), VP9_FFMPEG_KEYFRAME), 'some'],
    ['VP9 profile 2 with 12 bits', vp9Track(hex('020ac20202020000'), VP9_FFMPEG_KEYFRAME), 'none'],
    ['VP8', vp8Track(VP8_KEYFRAME), 'none'],
    ['Opus', opusTrack(OPUS_FFMPEG, frame), 'some'],
    ['Opus 5.1', opusTrack(hex('4f70757348656164010638010000000000000104 02000401020305'), frame), 'some'],
    ['Opus without meaning', opusTrack(hex('4f7075734865616401013801000000000000ff 010000'), frame), 'none'],
    ['Opus in nine channels', opusTrack(nineChannels(), frame), 'none'],
    ['FLAC', flacTrack(FLAC_FFMPEG), 'some'],
    ['AC-3', ac3Track(AC3_FFMPEG_FRAME), 'some'],
    ['E-AC-3', eac3Track(hex('0b77000334870ff8')), 'some'],
    ['E-AC-3 of one block', eac3Track(hex('0b77000304870ff8')), 'none'],
    ['MP3', mp3Track(MP3_GSTREAMER_FRAME), 'none'],
  ] as const)('%s', (_name, track, support) => {
    expect(browserSupport(track)).toBe(support)
  })
})

function nineChannels(): Uint8Array {
  return hex('4f70757348656164010938010000000000000109 00 000102030405060708')
}
