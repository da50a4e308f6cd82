import { toHex } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { writeVideoBody } from './enhanced-video.ts'
import type { VideoFrameBody } from './video-body.ts'

const NOTHING = new Uint8Array()
const FRAME: VideoFrameBody = {
  type: 'frame',
  codec: 'hevc',
  keyframe: true,
  compositionOffset: 0,
  nanoseconds: 0,
  data: Uint8Array.of(0xaa),
}

describe('writeVideoBody', () => {
  it.each([
    ['93 68766331 aa', FRAME],
    ['a3 68766331 aa', { ...FRAME, keyframe: false }],
    ['91 68766331 ffffff aa', { ...FRAME, compositionOffset: -1 }],
    ['97 02 000001 03 61766331 aa', { ...FRAME, codec: 'h264', nanoseconds: 1 }],
    ['91 61763031 aa', { ...FRAME, codec: 'av1' }],
    ['90 76703039 01000000 aa', { type: 'config', codec: 'vp9', record: FRAME.data }],
    ['90 76703038', { type: 'config', codec: 'vp8', record: NOTHING }],
    ['92 61763031', { type: 'end', codec: 'av1' }],
  ] as const)('writes %s', (hex, body) => {
    expect(toHex(writeVideoBody(body))).toBe(hex.replaceAll(' ', ''))
  })

  it.each([
    ['flv.video.unwritable', { ...FRAME, codec: 'vp9', compositionOffset: 1 }],
    ['flv.video.unwritable', { ...FRAME, data: NOTHING }],
    ['flv.video.unwritable', { ...FRAME, nanoseconds: 1_000_000 }],
    ['flv.video.unwritable', { ...FRAME, nanoseconds: 0.5 }],
    ['flv.video.unwritable', { type: 'config', codec: 'vp8', record: FRAME.data }],
    ['core.bytes.out_of_range', { ...FRAME, compositionOffset: 0x800000 }],
  ] as const)('throws %s for %o', (code, body) => {
    expect(() => writeVideoBody(body)).toThrow(expect.objectContaining({ name: 'StateError', code }))
  })
})
