import { concatBytes, ProtocolError, toHex, UnsupportedError } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { bitsToBytes, u } from '../testing/bit-text.ts'
import { readEac3FrameHeader } from './eac3-frame.ts'
import { eac3Track } from './eac3-track.ts'

const STEREO = '010 0'
const SURROUND_5_1 = '111 1'

interface Spelling {
  readonly type?: number
  readonly substream?: number
  /** Bytes, an even number. */
  readonly size?: number
  /** `fscod` with `numblkscod` or `fscod2` behind it. */
  readonly rate?: string
  /** `acmod` and `lfeon`. */
  readonly channels?: string
  readonly bsid?: number
  /** From `dialnorm` to `infomdate` and what it brings. */
  readonly rest?: string
}

const PLAIN_REST = `${u(5, 31)} 0 0 0`

/** A frame of the size that it announces. */
function frame(spelling: Spelling = {}): Uint8Array {
  const size = spelling.size ?? 64
  const header = bitsToBytes(
    [
      u(16, 0x0b77),
      u(2, spelling.type ?? 0),
      u(3, spelling.substream ?? 0),
      u(11, size / 2 - 1),
      spelling.rate ?? '00 11',
      spelling.channels ?? STEREO,
      u(5, spelling.bsid ?? 16),
      spelling.rest ?? PLAIN_REST,
    ].join(''),
  )
  const bytes = new Uint8Array(size)
  bytes.set(header.subarray(0, size))
  return bytes
}

/** A dependent substream with a `chanmap`. */
function dependent(channelMap: number, spelling: Spelling = {}): Uint8Array {
  return frame({ type: 1, rest: `${u(5, 31)} 0 1 ${u(16, channelMap)} 0 0`, ...spelling })
}

/** `chanmap` bits of left, right, and of the pairs that make 5.1 into 7.1. */
const LEFT = 0x8000
const RIGHT = 0x2000
const REAR_PAIR = 0x0200

describe('eac3Track', () => {
  it('describes a frame of six blocks', () => {
    const track = eac3Track(frame({ size: 768 }))
    expect(track).toStrictEqual({
      kind: 'audio',
      codec: 'eac3',
      codecString: 'ec-3',
      sampleRate: 48_000,
      channels: 2,
      samplesPerPacket: 1536,
      timescale: 48_000,
      config: track.config,
    })
    // 192 kbit/s, one independent substream.
    expect(toHex(track.config)).toBe('0600200400')
  })

  it('adds up short frames of one packet', () => {
    const short = frame({ rate: '00 01', size: 128 })
    expect(eac3Track(concatBytes([short, short, short])).samplesPerPacket).toBe(1536)
    expect(eac3Track(short).samplesPerPacket).toBe(512)
  })

  it('describes 7.1: a dependent substream beyond 5.1', () => {
    const packet = concatBytes([
      frame({ channels: SURROUND_5_1, size: 640 }),
      dependent(REAR_PAIR | LEFT | RIGHT),
    ])
    const track = eac3Track(packet)
    expect(track).toMatchObject({ channels: 8, samplesPerPacket: 1536 })
    // 176 kbit/s; 3/2 with low-frequency effects; one dependent substream: chan_loc 2, the rear pair.
    expect(toHex(track.config)).toBe('0580200f0202')
  })

  it.each([
    ['Lc and Rc', 0x0400, 0x001, 2],
    ['centre behind', 0x0100, 0x004, 1],
    ['above', 0x0080, 0x008, 1],
    ['front height in the middle', 0x0008, 0x080, 1],
    ['a second for low frequencies', 0x0002, 0x100, 1],
    ['a pair that has no place in the record', 0x0004, 0x000, 2],
    ['nothing new', 0xf801, 0x000, 0],
  ])('finds a place for %s', (_name, channelMap, channelLocation, added) => {
    const track = eac3Track(concatBytes([frame(), dependent(channelMap)]))
    expect(track.channels).toBe(2 + added)
    const low = channelLocation & 0xff
    const high = channelLocation >> 8
    expect(toHex(track.config.subarray(4))).toBe(toHex(Uint8Array.of(0x02 | high, low)))
  })

  it('lists a second programme, and counts the first', () => {
    const packet = concatBytes([frame({ channels: SURROUND_5_1 }), frame({ substream: 1 })])
    const track = eac3Track(packet)
    expect(track).toMatchObject({ channels: 6, samplesPerPacket: 1536 })
    expect(toHex(track.config)).toBe('0101200f00200400')
  })

  it('writes the kind of service', () => {
    const track = eac3Track(frame({ rest: `${u(5, 31)} 0 0 1 101` }))
    expect(toHex(track.config.subarray(2))).toBe('205400')
  })

  it.each([
    ['an empty packet', [], 'media.eac3.substreams'],
    ['a dependent substream alone', [dependent(REAR_PAIR)], 'media.eac3.substreams'],
    ['a cut frame', [frame().subarray(0, 60)], 'media.eac3.frame_truncated'],
    ['something behind a frame', [frame(), Uint8Array.of(0, 0)], 'media.eac3.sync_word'],
    ['half a header behind a frame', [frame(), Uint8Array.of(0x0b, 0x77, 0)], 'media.eac3.frame_truncated'],
  ])('refuses %s', (_name, frames, code) => {
    expect(() => eac3Track(concatBytes(frames))).toThrow(
      expect.objectContaining({ code, constructor: ProtocolError }),
    )
  })

  it('does not handle a bit rate that the record has no room for', () => {
    expect(() => eac3Track(frame({ rate: '00 00', size: 4096 }))).not.toThrow()
    const loud = Array.from({ length: 8 }, (_, substream) => frame({ rate: '00 00', size: 4096, substream }))
    expect(() => eac3Track(concatBytes(loud))).toThrow(
      expect.objectContaining({ code: 'media.eac3.bit_rate', constructor: UnsupportedError }),
    )
  })
})

describe('frame header', () => {
  it.each([
    ['44.1 kHz, one block', '01 00', { sampleRate: 44_100, blocks: 1 }],
    ['32 kHz, three blocks', '10 10', { sampleRate: 32_000, blocks: 3 }],
    ['24 kHz', '11 00', { fscod: 3, sampleRate: 24_000, blocks: 6 }],
    ['22.05 kHz', '11 01', { sampleRate: 22_050, blocks: 6 }],
    ['16 kHz', '11 10', { sampleRate: 16_000, blocks: 6 }],
  ])('reads %s', (_name, rate, header) => {
    expect(readEac3FrameHeader(frame({ rate }))).toMatchObject(header)
  })

  const panned = `1 ${u(14, 1)}`
  const scaled = `1 ${u(6, 1)}`

  it.each([
    ['5.1 with all levels', SURROUND_5_1, '00 11', `00 ${u(12, 0)} 1${u(5, 0)} ${scaled} 0 01 ${u(5, 0)} 0`],
    ['stereo, one block', STEREO, '00 00', `${scaled} 0 10 ${u(12, 0)} 1 ${u(5, 1)}`],
    [
      'stereo, three blocks',
      STEREO,
      '00 10',
      `0 ${scaled} 11 ${u(5, 1)} ${u(24, 9)} 1 1${u(5, 0)} 0 1${u(5, 0)}`,
    ],
    ['mono', '001 0', '00 11', `0 0 00 ${panned} 0`],
    ['two programmes', '000 0', '00 11', `0 ${scaled} 0 00 ${panned} ${panned} 0`],
    ['a centre alone', '011 0', '00 11', `00 ${u(6, 0)} 0 0 00 0`],
    ['a surround alone', '100 0', '00 11', `00 ${u(6, 0)} 0 0 00 0`],
  ])('passes over mixing of %s', (_name, channels, rate, mixing) => {
    const second = channels.startsWith('000') ? `${u(5, 31)} 1 ${u(8, 0)}` : ''
    const rest = `${u(5, 31)} 1 ${u(8, 0)} ${second} 1 ${mixing} 1 011`
    expect(readEac3FrameHeader(frame({ channels, rate, rest })).bsmod).toBe(3)
  })

  it('passes over mixing of a dependent substream', () => {
    const rest = `${u(5, 31)} 0 0 1 00 ${u(12, 0)} 0 1 110`
    const header = readEac3FrameHeader(frame({ type: 1, channels: SURROUND_5_1, rest }))
    expect(header).toMatchObject({ dependent: true, channelMap: undefined, bsmod: 6 })
  })

  it.each([
    ['media.eac3.frame_truncated', frame().subarray(0, 5), ProtocolError],
    ['media.eac3.sync_word', Uint8Array.of(0x77, 0x0b, 0, 0), ProtocolError],
    ['media.eac3.frame_invalid', frame({ type: 3 }), ProtocolError],
    ['media.eac3.frame_invalid', frame({ rate: '11 11' }), ProtocolError],
    ['media.eac3.frame_invalid', concatBytes([frame({ size: 4 }), frame()]), ProtocolError],
    ['media.eac3.bitstream', frame({ bsid: 8 }), UnsupportedError],
    ['media.eac3.bitstream', frame({ bsid: 17 }), UnsupportedError],
  ])('throws %s', (code, bytes, kind) => {
    expect(() => readEac3FrameHeader(bytes)).toThrow(expect.objectContaining({ code, constructor: kind }))
  })
})
