import { ProtocolError, toHex, UnsupportedError } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { hex } from '../testing/hex.ts'
import { OPUS_FFMPEG, OPUS_FFMPEG_PACKET } from '../testing/records.ts'
import { readOpusHead } from './opus-head.ts'
import { opusTrack } from './opus-track.ts'
import { readOpusPacketHeader } from './packet.ts'

const MAGIC = '4f70757348656164'

describe('opusTrack', () => {
  it('describes what ffmpeg sends', () => {
    expect(opusTrack(OPUS_FFMPEG, OPUS_FFMPEG_PACKET)).toStrictEqual({
      kind: 'audio',
      codec: 'opus',
      codecString: 'Opus',
      sampleRate: 48_000,
      channels: 1,
      samplesPerPacket: 960,
      timescale: 48_000,
      config: OPUS_FFMPEG,
    })
  })

  it.each([
    ['stereo', 'fcfffe', 2],
    ['mono', 'f8fffe', 1],
  ])('makes a head for an empty one: %s', (_name, packet, channels) => {
    const track = opusTrack(new Uint8Array(), hex(packet))
    expect(track).toMatchObject({ channels, samplesPerPacket: 960 })
    expect(toHex(track.config)).toBe(`${MAGIC}010${channels}${'00'.repeat(9)}`)
  })
})

describe('OpusHead', () => {
  it('reads a plain one', () => {
    expect(readOpusHead(hex(`${MAGIC} 01 02 3801 80bb0000 00ff 00 ffff`))).toStrictEqual({
      channels: 2,
      preSkip: 312,
      inputSampleRate: 48_000,
      outputGain: -256,
      mapping: undefined,
    })
  })

  it('reads surround sound', () => {
    expect(readOpusHead(hex(`${MAGIC} 01 06 3801 44ac0000 0001 01 04 02 000401020305`))).toStrictEqual({
      channels: 6,
      preSkip: 312,
      inputSampleRate: 44_100,
      outputGain: 256,
      mapping: { family: 1, streams: 4, coupledStreams: 2, table: hex('000401020305') },
    })
  })

  it('reads a silent channel, and a matrix of ambisonics', () => {
    expect(readOpusHead(hex(`${MAGIC} 0f 02 0000 00000000 0000 ff 01 00 00ff`)).mapping?.family).toBe(255)
    const matrix = `${MAGIC} 01 01 0000 00000000 0000 03 01 01 7fff8000`
    expect(readOpusHead(hex(matrix)).mapping?.table).toStrictEqual(hex('7fff8000'))
  })

  it.each([
    ['media.opus.head_truncated', ''],
    ['media.opus.head_truncated', `${MAGIC} 01 02 3801 80bb0000 0000`],
    ['media.opus.head_truncated', `${MAGIC} 01 06 3801 80bb0000 0000 01 04 02 0004010203`],
    ['media.opus.head_magic', '4f70757354616773 01'],
    ['media.opus.head_invalid', `${MAGIC} 01 00 3801 80bb0000 0000 00`],
    ['media.opus.head_invalid', `${MAGIC} 01 03 3801 80bb0000 0000 00`],
    ['media.opus.head_invalid', `${MAGIC} 01 02 3801 80bb0000 0000 01 00 00 0001`],
    ['media.opus.head_invalid', `${MAGIC} 01 02 3801 80bb0000 0000 01 01 02 0001`],
    ['media.opus.head_invalid', `${MAGIC} 01 02 3801 80bb0000 0000 01 01 01 0002`],
  ])('throws %s for %s', (code, bytes) => {
    expect(() => readOpusHead(hex(bytes))).toThrow(
      expect.objectContaining({ code, constructor: ProtocolError }),
    )
  })

  it('does not handle later versions', () => {
    expect(() => readOpusHead(hex(`${MAGIC} 10 02`))).toThrow(
      expect.objectContaining({ code: 'media.opus.head_version', constructor: UnsupportedError }),
    )
  })
})

describe('packets', () => {
  it.each([
    ['SILK, 10 ms', '00', 480],
    ['SILK, 60 ms', '58', 2880],
    ['hybrid, 20 ms', '68', 960],
    ['CELT, 2.5 ms', '80', 120],
    ['two frames of one size', '81', 240],
    ['two frames of two sizes', '82', 240],
    ['forty-eight frames', '83 30', 5760],
    ['three frames, padded', '0b 43', 2880],
  ])('%s', (_name, bytes, samples) => {
    expect(readOpusPacketHeader(hex(bytes)).samples).toBe(samples)
  })

  it.each([
    ['nothing', ''],
    ['no count', '03'],
    ['no frames', '03 40'],
    ['more than 120 ms', '1b 03'],
  ])('refuses %s', (_name, bytes) => {
    expect(() => readOpusPacketHeader(hex(bytes))).toThrow(
      expect.objectContaining({ code: 'media.opus.packet_invalid', constructor: ProtocolError }),
    )
  })
})
