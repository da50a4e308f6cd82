import { concatBytes, ProtocolError, toHex, VIDEO_TIMESCALE } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { BT_709 } from '../colour.ts'
import { bitsToBytes, u, ue } from '../testing/bit-text.ts'
import { hex } from '../testing/hex.ts'
import { AV1_FFMPEG, AV1_FFMPEG_KEYFRAME, AV1_OBS, AV1_OBS_KEYFRAME } from '../testing/records.ts'
import { readAv1CodecConfigurationRecord } from './av1-codec-configuration-record.ts'
import { av1CodecString, av1Track, findSequenceHeader } from './av1-track.ts'
import { obus } from './obu.ts'
import { readAv1SequenceHeader } from './sequence-header.ts'

describe('av1Track', () => {
  it('describes what ffmpeg sends', () => {
    expect(av1Track(AV1_FFMPEG)).toStrictEqual({
      kind: 'video',
      codec: 'av1',
      codecString: 'av01.0.00M.08',
      width: 160,
      height: 90,
      pixelAspectRatio: [1, 1],
      frameRate: undefined,
      timescale: VIDEO_TIMESCALE,
      config: AV1_FFMPEG,
    })
  })

  it('describes what OBS sends', () => {
    expect(av1Track(AV1_OBS)).toMatchObject({ codecString: 'av01.0.00M.08', width: 160, height: 90 })
  })

  it.each([
    ['ffmpeg', AV1_FFMPEG, AV1_FFMPEG_KEYFRAME],
    ['OBS', AV1_OBS, AV1_OBS_KEYFRAME],
  ])('takes the size from a keyframe of %s where the record has none', (_name, record, keyframe) => {
    const bare = record.subarray(0, 4)
    expect(av1Track(bare, keyframe)).toStrictEqual({ ...av1Track(record), config: bare })
  })

  it.each([
    ['nothing', undefined],
    ['a temporal delimiter', hex('1200')],
    ['a frame that is no keyframe', hex('32 02 0000')],
  ])('refuses a bare record with %s', (_name, keyframe) => {
    expect(() => av1Track(AV1_FFMPEG.subarray(0, 4), keyframe)).toThrow(
      expect.objectContaining({ code: 'media.av1.no_sequence_header', constructor: ProtocolError }),
    )
  })
})

describe('AV1CodecConfigurationRecord', () => {
  it.each([
    ['8 bits', '81 08 0c 00', { level: 8, bitDepth: 8, subsamplingX: true, subsamplingY: true }],
    ['10 bits', '81 08 4c 00', { bitDepth: 10, monochrome: false }],
    [
      '12 bits, 4:2:2, high tier',
      '81 48 e8 00',
      { profile: 2, highTier: true, bitDepth: 12, subsamplingY: false },
    ],
    ['monochrome', '81 00 1c 00', { monochrome: true, highTier: false }],
    ['a presentation delay', '81 00 0c 1f 0a', { configObus: hex('0a') }],
  ])('reads %s', (_name, bytes, record) => {
    expect(readAv1CodecConfigurationRecord(hex(bytes))).toMatchObject(record)
  })

  it.each([
    ['media.av1.config_truncated', ''],
    ['media.av1.config_truncated', '81 00 0c'],
    ['media.av1.config_version', '01 00 0c 00'],
    ['media.av1.config_version', '82 00 0c 00'],
  ])('throws %s for %s', (code, bytes) => {
    expect(() => readAv1CodecConfigurationRecord(hex(bytes))).toThrow(
      expect.objectContaining({ code, constructor: ProtocolError }),
    )
  })
})

const PQ = { primaries: 9, transfer: 16, matrix: 9 }
const FORMAT_420 = { monochrome: false, subsamplingX: true, subsamplingY: true, chromaSamplePosition: 2 }

it.each([
  ['av01.0.04M.08', { profile: 0, level: 4, highTier: false, bitDepth: 8 }],
  ['av01.0.31H.10', { profile: 0, level: 31, highTier: true, bitDepth: 10 }],
  ['av01.2.13M.12', { profile: 2, level: 13, highTier: false, bitDepth: 12 }],
] as const)('codec string %s', (text, record) => {
  expect(av1CodecString({ ...FORMAT_420, ...record })).toBe(text)
  expect(av1CodecString({ ...FORMAT_420, ...record }, BT_709)).toBe(text)
})

it.each([
  ['av01.0.08M.10.0.112.09.16.09.0', 16, {}],
  ['av01.0.08M.10.0.100.09.18.09.0', 18, { subsamplingY: false }],
  ['av01.0.08M.10.1.112.09.16.09.0', 16, { monochrome: true }],
] as const)('codec string of a high range %s', (text, transfer, format) => {
  const record = { profile: 0, level: 8, highTier: false, bitDepth: 10, ...FORMAT_420, ...format } as const
  expect(av1CodecString(record, { primaries: 9, transfer, matrix: 9, fullRange: false })).toBe(text)
})

describe('obus', () => {
  it.each([
    ['sizes', '12 00 0a 02 abcd 32 01 ef', ['2:', '1:abcd', '6:ef']],
    ['one without a size', '12 00 30 abcd', ['2:', '6:abcd']],
    ['extensions', '36 20 01 ab 34 20 cd', ['6:ab', '6:cd']],
    ['a size of two bytes', `0a 81 00 ab`, ['1:ab']],
    ['nothing', '', []],
  ])('walks %s', (_name, bytes, expected) => {
    expect(Array.from(obus(hex(bytes)), ({ type, payload }) => `${type}:${toHex(payload)}`)).toStrictEqual(
      expected,
    )
  })

  it.each([
    ['media.av1.obu_truncated', '0a'],
    ['media.av1.obu_truncated', '0a 02 ab'],
    ['media.av1.obu_truncated', '0a ffffffff'],
    ['media.av1.obu_truncated', '0e'],
    ['media.av1.obu_invalid', '0a 80 80 80 80 80 80 80 80 00'],
  ])('throws %s for %s', (code, bytes) => {
    expect(() => [...obus(hex(bytes))]).toThrow(expect.objectContaining({ code, constructor: ProtocolError }))
  })

  it('finds a sequence header before damage', () => {
    const damaged = concatBytes([AV1_OBS_KEYFRAME.subarray(0, 16), hex('32 ff')])
    expect(findSequenceHeader(damaged)).toMatchObject({ width: 160, height: 90 })
  })
})

/** What follows the operating points: 9 and 10 bits of size, then the tools with everything that brings fields. */
const SIZE = `${u(4, 9)}${u(4, 8)}${u(10, 639)}${u(9, 359)}`
const TOOLS = `1${u(4, 1)}${u(3, 2)} 111 1111 1 11 1 0 1 110 111`
const COLOUR_8_BIT_420 = '0 0 0 0 00 0'

describe('sequence header', () => {
  it('reads timing, decoder model and several operating points', () => {
    const timing = `1 ${u(32, 1001)} ${u(32, 60_000)} 1 ${ue(1)}`
    const model = `1 ${u(5, 9)} ${u(32, 1001)} ${u(5, 3)} ${u(5, 3)}`
    const first = `${u(12, 0x103)} ${u(5, 9)} 1 1 ${u(10, 5)} ${u(10, 6)} 0 1 ${u(4, 3)}`
    const second = `${u(12, 0x101)} ${u(5, 5)} 0 0`
    const bits = `000 0 0 ${timing} ${model} 1 ${u(5, 1)} ${first} ${second} ${SIZE} ${TOOLS} ${COLOUR_8_BIT_420}`
    expect(readAv1SequenceHeader(bitsToBytes(bits))).toStrictEqual({
      profile: 0,
      level: 9,
      highTier: true,
      width: 640,
      height: 360,
      timing: { timeScale: 60_000, unitsPerPicture: 2002 },
      bitDepth: 8,
      monochrome: false,
      subsamplingX: true,
      subsamplingY: true,
      colour: undefined,
    })
  })

  it.each([
    ['pictures of unequal distance', `1 ${u(32, 1)} ${u(32, 30)} 0 0`],
    ['a clock that stands still', `1 ${u(32, 0)} ${u(32, 30)} 1 ${ue(0)} 0`],
    ['none', '0'],
  ])('has no timing with %s', (_name, timing) => {
    const bits = `000 0 0 ${timing} 0 ${u(5, 0)} ${u(12, 0)} ${u(5, 4)} ${SIZE} ${TOOLS} ${COLOUR_8_BIT_420}`
    expect(readAv1SequenceHeader(bitsToBytes(bits))).toMatchObject({
      level: 4,
      width: 640,
      timing: undefined,
    })
  })

  it('reads a reduced one', () => {
    const bits = `000 1 1 ${u(5, 8)} ${SIZE} 000 000 1 0 0 0 00 0`
    expect(readAv1SequenceHeader(bitsToBytes(bits))).toMatchObject({
      level: 8,
      highTier: false,
      bitDepth: 10,
    })
  })

  it.each([
    ['without order hints', '0 000 0000 0 1 0 1 000'],
    ['with screen content tools off', '0 000 0000 1 00 0 0 000 000'],
    ['with a choice of motion vectors', '0 000 0000 0 0 1 1 000'],
  ])('reads tools %s', (_name, tools) => {
    const bits = `000 0 0 0 0 ${u(5, 0)} ${u(12, 0)} ${u(5, 0)} ${SIZE} ${tools} 1 1 0 0`
    expect(readAv1SequenceHeader(bitsToBytes(bits))).toMatchObject({ bitDepth: 10, monochrome: true })
  })

  it.each([
    [0, '0 0 1 000000010000110100000000', { bitDepth: 8, subsamplingX: false, subsamplingY: false }],
    [1, '1 0 0', { bitDepth: 10, subsamplingX: false, subsamplingY: false }],
    [2, '0 0 0 0', { bitDepth: 8, subsamplingX: true, subsamplingY: false }],
    [2, '1 1 0 0 0 0', { bitDepth: 12, subsamplingX: false, subsamplingY: false }],
    [2, '1 1 0 0 0 1 1', { bitDepth: 12, subsamplingX: true, subsamplingY: true }],
    [2, '1 0 1 0', { bitDepth: 10, monochrome: true, colour: undefined }],
    [0, `1 0 1 ${u(8, 9)}${u(8, 16)}${u(8, 9)} 0 00`, { colour: { ...PQ, fullRange: false } }],
    [0, `1 1 1 ${u(8, 9)}${u(8, 16)}${u(8, 9)} 1`, { monochrome: true, colour: { ...PQ, fullRange: true } }],
    [0, '0 0 0 1 00', { colour: { primaries: 2, transfer: 2, matrix: 2, fullRange: true } }],
  ])('reads colours of profile %i: %s', (profile, colour, expected) => {
    const bits = `${u(3, profile)} 0 0 0 0 ${u(5, 0)} ${u(12, 0)} ${u(5, 0)} ${SIZE} ${TOOLS} ${colour}`
    expect(readAv1SequenceHeader(bitsToBytes(bits))).toMatchObject({ profile, ...expected })
  })

  it.each([
    ['media.av1.sequence_header_truncated', ''],
    ['media.av1.sequence_header_truncated', '0000'],
    ['media.av1.sequence_header_invalid', '60 0000'],
    [
      'media.av1.sequence_header_invalid',
      toHex(bitsToBytes(`000 0 0 1 ${u(32, 1)}${u(32, 25)} 1 ${u(40, 0)}`)),
    ],
  ])('throws %s for %s', (code, bytes) => {
    expect(() => readAv1SequenceHeader(hex(bytes))).toThrow(
      expect.objectContaining({ code, constructor: ProtocolError }),
    )
  })
})
