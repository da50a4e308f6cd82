import { ProtocolError } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { se, u, ue } from '../testing/bit-text.ts'
import { readSequenceParameterSet } from './sequence-parameter-set.ts'

interface Spelling {
  readonly profile?: number
  readonly format?: string
  readonly pictureOrder?: string
  readonly references?: string
  readonly widthInMacroblocks?: number
  readonly heightInMapUnits?: number
  readonly frames?: string
  readonly crop?: string
  readonly vui?: string
}

/** An SPS NAL unit, spelt field by field. Without emulation prevention: long runs of zeros are not used here. */
function sps(spelling: Spelling): Uint8Array {
  const bits = [
    u(8, spelling.profile ?? 77),
    u(8, 0),
    u(8, 30),
    ue(0), // seq_parameter_set_id
    spelling.format ?? '',
    ue(0), // log2_max_frame_num_minus4
    spelling.pictureOrder ?? ue(2),
    spelling.references ?? ue(1),
    '0', // gaps_in_frame_num_value_allowed_flag
    ue((spelling.widthInMacroblocks ?? 40) - 1),
    ue((spelling.heightInMapUnits ?? 23) - 1),
    spelling.frames ?? '1',
    '1', // direct_8x8_inference_flag
    spelling.crop ?? '0',
    spelling.vui ?? '0',
    '1', // rbsp_stop_one_bit
  ].join('')
  const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0')
  return Uint8Array.from([0x67, ...(padded.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2))])
}

/** Aspect, overscan, signal type and chroma location absent. */
function vuiWithTiming(unitsInTick: number, timeScale: number): string {
  return `1 0000 1${u(32, unitsInTick)}${u(32, timeScale)}1`.replaceAll(' ', '')
}

const HIGH_FORMAT = { profile: 100, chroma420: ue(1) + ue(0) + ue(0) }

describe('sequence parameter set', () => {
  it('reads one without cropping and VUI', () => {
    expect(readSequenceParameterSet(sps({}))).toStrictEqual({
      profile: 77,
      constraints: 0,
      level: 30,
      id: 0,
      chromaFormat: 1,
      bitDepthLuma: 8,
      bitDepthChroma: 8,
      width: 640,
      height: 368,
      progressive: true,
      maxReferenceFrames: 1,
      vui: undefined,
    })
  })

  it('reads picture order count type 1', () => {
    const pictureOrder = `${ue(1)}0${se(-3)}${se(4)}${ue(3)}${se(1)}${se(-1)}${se(0)}`
    expect(readSequenceParameterSet(sps({ pictureOrder }))).toMatchObject({ width: 640, height: 368 })
  })

  it('reads scaling lists: absent, default, ended early and complete', () => {
    const complete = `1${se(1).repeat(16)}`
    const endedEarly = `1${se(1)}${se(-9)}`
    const useDefault = `1${se(-8)}`
    const lists = `${complete}${endedEarly}${useDefault}000${`1${se(0).repeat(64)}`}0`
    const format = `${HIGH_FORMAT.chroma420}01${lists}`
    expect(readSequenceParameterSet(sps({ profile: 100, format }))).toMatchObject({ width: 640, height: 368 })
  })

  it('reads twelve scaling lists for 4:4:4', () => {
    const format = `${ue(3)}0${ue(0)}${ue(0)}01${'0'.repeat(11)}1${se(-8)}`
    expect(readSequenceParameterSet(sps({ profile: 244, format }))).toMatchObject({ width: 640, height: 368 })
  })

  it.each([
    ['4:2:0 frames', { crop: `1${ue(1)}${ue(2)}${ue(3)}${ue(1)}` }, 634, 360],
    ['4:2:0 fields', { crop: `1${ue(0)}${ue(0)}${ue(1)}${ue(1)}`, frames: '00' }, 640, 728],
    ['4:2:2', { profile: 122, format: `${ue(2)}${ue(0)}${ue(0)}00`, crop: `1${ue(1).repeat(4)}` }, 636, 366],
    ['4:4:4', { profile: 244, format: `${ue(3)}0${ue(0)}${ue(0)}00`, crop: `1${ue(1).repeat(4)}` }, 638, 366],
    [
      '4:4:4, colours apart',
      { profile: 244, format: `${ue(3)}1${ue(0)}${ue(0)}00`, crop: `1${ue(1).repeat(4)}` },
      638,
      366,
    ],
    [
      'monochrome',
      { profile: 100, format: `${ue(0)}${ue(0)}${ue(0)}00`, crop: `1${ue(1).repeat(4)}` },
      638,
      366,
    ],
  ])('crops %s in its own units', (_name, spelling, width, height) => {
    expect(readSequenceParameterSet(sps(spelling))).toMatchObject({ width, height })
  })

  it.each([
    ['square', '1 1 00000001', [1, 1]],
    ['2:1, the last of the table', '1 1 00010000', [2, 1]],
    ['unspecified', '1 1 00000000', undefined],
    ['reserved', '1 1 00010001', undefined],
    ['extended', `1 1 11111111 ${u(16, 59)} ${u(16, 54)}`, [59, 54]],
    ['extended with a zero', `1 1 11111111 ${u(16, 59)} ${u(16, 0)}`, undefined],
  ])('reads an aspect ratio: %s', (_name, aspect, sampleAspectRatio) => {
    const vui = `${aspect}0000`.replaceAll(' ', '')
    expect(readSequenceParameterSet(sps({ vui })).vui?.sampleAspectRatio).toStrictEqual(sampleAspectRatio)
  })

  it('reads what stands between aspect ratio and timing', () => {
    const overscan = '11'
    const signal = `1 101 1 1 ${u(8, 9)} ${u(8, 16)} ${u(8, 9)}`
    const chromaLocation = `1 ${ue(0)} ${ue(1)}`
    const vui = `1 0 ${overscan} ${signal} ${chromaLocation} 1 ${u(32, 1)} ${u(32, 0x7fffffff)} 0`
    expect(readSequenceParameterSet(sps({ vui: vui.replaceAll(' ', '') })).vui).toStrictEqual({
      sampleAspectRatio: undefined,
      colour: { primaries: 9, transfer: 16, matrix: 9, fullRange: true },
      timing: { numUnitsInTick: 1, timeScale: 0x7fffffff, fixedFrameRate: false },
    })
  })

  it('has no timing when a count is 0', () => {
    // Spelt with a 3 where three zero bytes would otherwise follow each other.
    const vui = vuiWithTiming(0x01010101, 0x01010101)
    expect(readSequenceParameterSet(sps({ vui })).vui?.timing).toBeDefined()
    const zeroScale = readSequenceParameterSet(sps({ vui: `1000001${'1'.repeat(32)}${'0'.repeat(32)}1` }))
    expect(zeroScale.vui?.timing).toBeUndefined()
  })

  it.each([
    ['media.h264.not_an_sps', Uint8Array.of(0x68, 0xce)],
    ['media.h264.not_an_sps', Uint8Array.of()],
    ['media.h264.sps_truncated', Uint8Array.of(0x67, 77)],
    ['media.h264.sps_truncated', sps({ vui: `1 1 11111111`.replaceAll(' ', '') })],
    ['media.h264.sps_invalid', Uint8Array.of(0x67, 77, 0, 30, 0, 0, 0, 0, 0, 0, 0)],
    ['media.h264.sps_invalid', sps({ references: ue(17) })],
    ['media.h264.sps_invalid', sps({ pictureOrder: ue(3) })],
    ['media.h264.sps_invalid', sps({ profile: 100, format: `${ue(4)}${ue(0)}${ue(0)}00` })],
    ['media.h264.sps_invalid', sps({ profile: 100, format: `${ue(1)}${ue(7)}${ue(0)}00` })],
    ['media.h264.picture_size', sps({ widthInMacroblocks: 1056 })],
    ['media.h264.picture_size', sps({ heightInMapUnits: 528, frames: '00' })],
    ['media.h264.picture_size', sps({ crop: `1${ue(160)}${ue(160)}${ue(0)}${ue(0)}` })],
  ])('throws %s', (code, nalUnit) => {
    expect(() => readSequenceParameterSet(nalUnit)).toThrow(
      expect.objectContaining({ code, constructor: ProtocolError }),
    )
  })
})
