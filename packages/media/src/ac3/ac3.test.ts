import { ProtocolError, toHex, UnsupportedError } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { bitsToBytes, u } from '../testing/bit-text.ts'
import { hex } from '../testing/hex.ts'
import { AC3_FFMPEG_FRAME } from '../testing/records.ts'
import { readAc3FrameHeader } from './ac3-frame.ts'
import { ac3Track } from './ac3-track.ts'

const SYNC_AND_CRC = u(16, 0x0b77) + u(16, 0xabcd)

it('describes what ffmpeg sends', () => {
  const track = ac3Track(AC3_FFMPEG_FRAME)
  expect(track).toStrictEqual({
    kind: 'audio',
    codec: 'ac3',
    codecString: 'ac-3',
    sampleRate: 48_000,
    channels: 1,
    samplesPerPacket: 1536,
    timescale: 48_000,
    config: track.config,
  })
  expect(toHex(track.config)).toBe('100880')
})

it.each([
  ['5.1', '111 00 00 1', { acmod: 7, lfe: true }],
  ['3/0: a centre', '011 00 1', { acmod: 3, lfe: true }],
  ['2/1: a surround', '100 00 1', { acmod: 4, lfe: true }],
  ['stereo, which may be surround', '010 01 0', { acmod: 2, lfe: false }],
  ['mono', '001 1', { acmod: 1, lfe: true }],
  ['two programmes', '000 0', { acmod: 0, lfe: false }],
])('reads the channels of %s', (_name, mode, header) => {
  const frame = bitsToBytes(`${SYNC_AND_CRC} 01 ${u(6, 29)} ${u(5, 6)} 101 ${mode}`)
  expect(readAc3FrameHeader(frame)).toStrictEqual({
    fscod: 1,
    sampleRate: 44_100,
    bitRateCode: 14,
    bsid: 6,
    bsmod: 5,
    ...header,
  })
})

it.each([
  ['111 00 00 1', 6],
  ['101 00 00 0', 4],
  ['000 0', 2],
])('counts the channels of %s: %i', (mode, channels) => {
  const frame = bitsToBytes(`${SYNC_AND_CRC} 10 ${u(6, 0)} ${u(5, 8)} 000 ${mode}`)
  expect(ac3Track(frame)).toMatchObject({ channels, sampleRate: 32_000 })
})

describe('what is refused', () => {
  it.each([
    ['media.ac3.frame_truncated', '', ProtocolError],
    ['media.ac3.frame_truncated', '0b77 6bf1 08 40', ProtocolError],
    ['media.ac3.sync_word', '770b f16b 4008 2f84', ProtocolError], // the other byte order
    ['media.ac3.frame_invalid', '0b77 6bf1 c8 40 2f84', ProtocolError], // reserved sample rate
    ['media.ac3.frame_invalid', '0b77 6bf1 26 40 2f84', ProtocolError], // reserved bit rate
    ['media.ac3.bitstream', '0b77 6bf1 08 50 2f84', UnsupportedError], // bsid 10
    ['media.ac3.bitstream', '0b77 6bf1 08 80 2f84', UnsupportedError], // bsid 16: E-AC-3
  ])('%s: %s', (code, bytes, kind) => {
    expect(() => ac3Track(hex(bytes))).toThrow(expect.objectContaining({ code, constructor: kind }))
  })
})
