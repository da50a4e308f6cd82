import { ProtocolError, VIDEO_TIMESCALE } from '@sluice/core'
import { expect, it } from 'vitest'
import { hex } from '../testing/hex.ts'
import { VP8_KEYFRAME } from '../testing/records.ts'
import { readVp8FrameHeader } from './frame-header.ts'
import { vp8Track } from './vp8-track.ts'

it('describes a keyframe of libvpx', () => {
  expect(vp8Track(VP8_KEYFRAME)).toStrictEqual({
    kind: 'video',
    codec: 'vp8',
    codecString: 'vp08.00.20.08',
    width: 320,
    height: 242,
    pixelAspectRatio: [1, 1],
    frameRate: undefined,
    timescale: VIDEO_TIMESCALE,
    config: new Uint8Array(),
  })
})

it('leaves magnification out of the size', () => {
  expect(readVp8FrameHeader(hex('160000 9d012a ffbf 0140'))).toStrictEqual({
    profile: 3,
    width: 16_383,
    height: 1,
  })
})

it.each([
  ['media.vp8.frame_truncated', ''],
  ['media.vp8.frame_truncated', '307000 9d012a 4001 f2'],
  ['media.vp8.not_a_keyframe', '317000 9d012a 4001 f200'],
  ['media.vp8.frame_invalid', '387000 9d012a 4001 f200'], // version 4
  ['media.vp8.frame_invalid', '307000 9d012b 4001 f200'],
  ['media.vp8.frame_invalid', '307000 9d012a 0040 f200'],
  ['media.vp8.frame_invalid', '307000 9d012a 4001 0000'],
])('throws %s for %s', (code, bytes) => {
  expect(() => vp8Track(hex(bytes))).toThrow(expect.objectContaining({ code, constructor: ProtocolError }))
})
