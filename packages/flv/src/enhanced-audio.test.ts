import { toHex } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import type { AudioFrameBody } from './audio-body.ts'
import { readChannelLayout } from './channel-layout.ts'
import { writeAudioBody } from './enhanced-audio.ts'

const NOTHING = new Uint8Array()
const FRAME: AudioFrameBody = { type: 'frame', codec: 'opus', nanoseconds: 0, data: Uint8Array.of(0xfc) }

describe('writeAudioBody', () => {
  it.each([
    ['91 4f707573 fc', FRAME],
    ['97 02 0f423f 01 4f707573 fc', { ...FRAME, nanoseconds: 999_999 }],
    ['90 6d703461 fc', { type: 'config', codec: 'aac', record: FRAME.data }],
    [
      `90 664c6143 664c6143 80000022 ${'00'.repeat(34)}`,
      { type: 'config', codec: 'flac', record: new Uint8Array(34) },
    ],
    ['90 65632d33', { type: 'config', codec: 'eac3', record: NOTHING }],
    ['92 2e6d7033', { type: 'end', codec: 'mp3' }],
  ] as const)('writes %s', (hex, body) => {
    expect(toHex(writeAudioBody(body))).toBe(hex.replaceAll(' ', ''))
  })

  it.each([
    { ...FRAME, data: NOTHING },
    { ...FRAME, nanoseconds: -1 },
    { type: 'config', codec: 'flac', record: new Uint8Array(38) },
    { type: 'config', codec: 'ac3', record: FRAME.data },
  ] as const)('refuses %o', (body) => {
    expect(() => writeAudioBody(body)).toThrow(
      expect.objectContaining({ name: 'StateError', code: 'flv.audio.unwritable' }),
    )
  })
})

describe('readChannelLayout', () => {
  it.each([
    [[0, 2], { order: 'unspecified', channels: 2 }],
    [[1, 6, 0xff, 0, 6, 0x0f], { order: 'native', channels: 6, mask: 0xff00060f }],
    [[2, 2, 1, 0xfe, 9], { order: 'custom', channels: 2, positions: Uint8Array.of(1, 0xfe) }],
    [[2, 0], { order: 'custom', channels: 0, positions: NOTHING }],
  ] as const)('reads %o', (bytes, layout) => {
    expect(readChannelLayout(Uint8Array.from(bytes), 0)).toStrictEqual(layout)
  })
})
