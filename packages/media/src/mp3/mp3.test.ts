import { ProtocolError, UnsupportedError } from '@sluice/core'
import { expect, it } from 'vitest'
import { hex } from '../testing/hex.ts'
import { MP3_GSTREAMER_FRAME } from '../testing/records.ts'
import { readMp3FrameHeader } from './frame-header.ts'
import { mp3Track } from './mp3-track.ts'

it('describes what GStreamer sends', () => {
  expect(mp3Track(MP3_GSTREAMER_FRAME)).toStrictEqual({
    kind: 'audio',
    codec: 'mp3',
    codecString: 'mp4a.6B',
    sampleRate: 44_100,
    channels: 2,
    samplesPerPacket: 1152,
    timescale: 44_100,
    config: new Uint8Array(),
  })
})

it.each([
  ['MPEG-1, stereo', 'fffb9400', { version: 1, sampleRate: 48_000, channels: 2, samples: 1152 }],
  ['MPEG-1, joint stereo', 'fffb9840', { sampleRate: 32_000, channels: 2 }],
  ['MPEG-1, two channels', 'fffb9080', { sampleRate: 44_100, channels: 2 }],
  ['MPEG-2, with a checksum', 'fff294c0', { version: 2, sampleRate: 24_000, channels: 1, samples: 576 }],
  ['MPEG-2.5', 'ffe390c0', { version: 2.5, sampleRate: 11_025, samples: 576 }],
  ['a free bit rate', 'fffb0400', { version: 1 }],
])('reads %s', (_name, bytes, header) => {
  expect(readMp3FrameHeader(hex(bytes))).toMatchObject(header)
})

it.each([
  ['the lower rates of MPEG-2', 'fff390c0', 'mp4a.69'],
  ['those of no standard', 'ffe390c0', 'mp4a.69'],
])('gives %s another codec string', (_name, bytes, codecString) => {
  expect(mp3Track(hex(bytes)).codecString).toBe(codecString)
})

it.each([
  ['media.mp3.frame_truncated', ''],
  ['media.mp3.frame_truncated', 'fffb94'],
  ['media.mp3.frame_invalid', '49443303'], // an ID3 tag
  ['media.mp3.frame_invalid', 'ffeb9400'], // reserved version
  ['media.mp3.frame_invalid', 'fff99400'], // reserved layer
  ['media.mp3.frame_invalid', 'fffbf400'], // forbidden bit rate
  ['media.mp3.frame_invalid', 'fffb9c00'], // reserved sample rate
])('throws %s for %s', (code, bytes) => {
  expect(() => mp3Track(hex(bytes))).toThrow(expect.objectContaining({ code, constructor: ProtocolError }))
})

it.each([
  ['I', 'ffff9400'],
  ['II', 'fffd9400'],
])('does not handle layer %s', (_name, bytes) => {
  expect(() => mp3Track(hex(bytes))).toThrow(
    expect.objectContaining({ code: 'media.mp3.layer', constructor: UnsupportedError }),
  )
})
