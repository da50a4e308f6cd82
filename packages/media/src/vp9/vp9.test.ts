import { ProtocolError, VIDEO_TIMESCALE } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { bitsToBytes, u } from '../testing/bit-text.ts'
import { hex } from '../testing/hex.ts'
import { VP9_FFMPEG, VP9_FFMPEG_KEYFRAME } from '../testing/records.ts'
import { readVp9FrameHeader } from './frame-header.ts'
import { lowestVpLevel } from './level.ts'
import { readVpCodecConfigurationRecord } from './vp-codec-configuration-record.ts'
import { vp9Track } from './vp9-track.ts'

const SYNC = u(24, 0x498342)
const SIZE = `${u(16, 639)}${u(16, 359)}`

describe('vp9Track', () => {
  it('describes what ffmpeg sends', () => {
    expect(vp9Track(VP9_FFMPEG, VP9_FFMPEG_KEYFRAME)).toStrictEqual({
      kind: 'video',
      codec: 'vp9',
      codecString: 'vp09.00.10.08',
      width: 160,
      height: 90,
      pixelAspectRatio: [1, 1],
      frameRate: undefined,
      timescale: VIDEO_TIMESCALE,
      config: VP9_FFMPEG,
    })
  })

  it('finds a level for a record that says none', () => {
    const record = hex('02 00 a2 020202 0000')
    const keyframe = bitsToBytes(`10 0 1 0 0 1 0 ${SYNC} 0 010 0 ${u(16, 1919)}${u(16, 1079)}`)
    expect(vp9Track(record, keyframe)).toMatchObject({
      codecString: 'vp09.02.40.10',
      width: 1920,
      height: 1080,
    })
  })
})

it.each([
  ['vp09.02.31.10.01.09.16.09.00', '02 1f a2 091009 0000', 16],
  ['vp09.02.31.10.01.09.18.09.01', '02 1f a3 091209 0000', 18],
  ['vp09.02.31.10', '02 1f a2 010101 0000', 1],
])('codec string %s', (codecString, record, transfer) => {
  const keyframe = bitsToBytes(`10 0 1 0 0 1 0 ${SYNC} 0 010 0 ${SIZE}`)
  expect(vp9Track(hex(record), keyframe)).toMatchObject({
    codecString,
    colour: { description: { transfer } },
  })
})

describe('VPCodecConfigurationRecord', () => {
  it('is read', () => {
    expect(readVpCodecConfigurationRecord(hex('03 1f a7 091009 0000'))).toStrictEqual({
      profile: 3,
      level: 31,
      bitDepth: 10,
      chromaSubsampling: 3,
      fullRange: true,
      colour: { primaries: 9, transfer: 16, matrix: 9 },
    })
  })

  it.each([
    ['media.vp9.config_truncated', ''],
    ['media.vp9.config_truncated', '000a82020202'],
    ['media.vp9.config_invalid', '01000000 000a82020202 0000'], // version and flags not taken off
    ['media.vp9.config_invalid', '040a82020202 0000'],
    ['media.vp9.config_invalid', '000a92020202 0000'],
  ])('throws %s for %s', (code, bytes) => {
    expect(() => readVpCodecConfigurationRecord(hex(bytes))).toThrow(
      expect.objectContaining({ code, constructor: ProtocolError }),
    )
  })
})

describe('frame header', () => {
  const size = { width: 640, height: 360 }

  it.each([
    ['profile 0', `10 0 0 0 0 1 0 ${SYNC} 010 0 ${SIZE}`, { profile: 0, bitDepth: 8, subsamplingY: true }],
    [
      'profile 1, 4:4:0',
      `10 1 0 0 0 1 0 ${SYNC} 010 0 0 1 0 ${SIZE}`,
      { subsamplingX: false, subsamplingY: true },
    ],
    ['profile 1, RGB', `10 1 0 0 0 1 0 ${SYNC} 111 0 ${SIZE}`, { profile: 1, subsamplingX: false }],
    ['profile 2, 12 bits', `10 0 1 0 0 1 0 ${SYNC} 1 010 0 ${SIZE}`, { profile: 2, bitDepth: 12 }],
    [
      'profile 3',
      `10 1 1 0 0 0 1 0 ${SYNC} 0 010 0 1 0 0 ${SIZE}`,
      { profile: 3, bitDepth: 10, subsamplingX: true },
    ],
    ['intra only', `10 0 0 0 1 0 0 1 00 ${SYNC} ${u(8, 1)} ${SIZE}`, { keyframe: false, bitDepth: 8 }],
    ['intra only, resilient', `10 0 0 0 1 0 1 1 ${SYNC} ${u(8, 1)} ${SIZE}`, { keyframe: false }],
    ['intra only, profile 2', `10 0 1 0 1 0 1 1 ${SYNC} 0 010 0 ${u(8, 1)} ${SIZE}`, { bitDepth: 10 }],
  ])('reads %s', (_name, bits, expected) => {
    expect(readVp9FrameHeader(bitsToBytes(bits))).toMatchObject({ ...size, ...expected })
  })

  it.each([
    ['media.vp9.frame_truncated', ''],
    ['media.vp9.frame_truncated', `10 0 0 0 0 1 0 ${SYNC} 010 0 ${u(16, 639)}`],
    ['media.vp9.frame_invalid', '01000000'],
    ['media.vp9.frame_invalid', `10 1 1 1 0 0 1 0 ${SYNC}`],
    ['media.vp9.frame_invalid', `10 0 0 0 0 1 0 ${u(24, 0x498343)}`],
    ['media.vp9.frame_invalid', `10 0 0 0 0 1 0 ${SYNC} 111 0 ${SIZE}`],
    ['media.vp9.not_a_keyframe', '10 0 0 1 000'], // show_existing_frame
    ['media.vp9.not_a_keyframe', '10 0 0 0 1 1 0'],
    ['media.vp9.not_a_keyframe', '10 0 0 0 1 0 0 0'],
  ])('throws %s for %s', (code, bits) => {
    expect(() => readVp9FrameHeader(bitsToBytes(bits))).toThrow(
      expect.objectContaining({ code, constructor: ProtocolError }),
    )
  })
})

it.each([
  [256, 144, 10],
  [512, 72, 10],
  [513, 16, 11],
  [640, 360, 21],
  [1280, 720, 31],
  [1920, 1080, 40],
  [1080, 1920, 40],
  [3840, 2160, 50],
  [7680, 4320, 60],
  [65_536, 65_536, 62],
])('%i x %i needs level %i', (width, height, level) => {
  expect(lowestVpLevel(width, height)).toBe(level)
})
