import { ProtocolError } from '@sluice/core'
import { expect, it } from 'vitest'
import { bitsToBytes, u, ue, withEmulationPrevention } from '../testing/bit-text.ts'
import { readHevcSequenceParameterSet } from './sequence-parameter-set.ts'

const GENERAL = `${u(8, 1)}${u(32, 0x60000000)}${u(8, 0xb0)}${'0'.repeat(40)}${u(8, 93)}`

interface Spelling {
  readonly layers?: string
  readonly id?: string
  readonly chromaFormat?: string
  readonly size?: string
  readonly crop?: string
  readonly depth?: string
  readonly pictureSets?: string
  readonly longTerm?: string
  readonly vui?: string
}

/** An SPS NAL unit, spelt field by field. */
function sps(spelling: Spelling): Uint8Array {
  const bits = [
    `0000${spelling.layers ?? u(3, 0)}1${GENERAL}`,
    spelling.id ?? ue(0),
    spelling.chromaFormat ?? ue(1),
    spelling.size ?? ue(640) + ue(360),
    spelling.crop ?? '0',
    spelling.depth ?? ue(0) + ue(0),
    ue(4), // log2_max_pic_order_cnt_lsb_minus4
    `1${ue(4)}${ue(0)}${ue(0)}`,
    ue(0).repeat(6), // block sizes and transform depths
    '000', // scaling_list_enabled_flag, amp_enabled_flag, sample_adaptive_offset_enabled_flag
    '0', // pcm_enabled_flag
    spelling.pictureSets ?? ue(0),
    spelling.longTerm ?? '0',
    '00',
    spelling.vui ?? '0',
    '1',
  ]
  return Uint8Array.from([0x42, 0x01, ...withEmulationPrevention(bitsToBytes(bits.join('')))])
}

it('reads one without cropping and VUI', () => {
  expect(readHevcSequenceParameterSet(sps({}))).toStrictEqual({
    profileTierLevel: {
      profileSpace: 0,
      highTier: false,
      profile: 1,
      compatibility: 0x60000000,
      constraints: [0xb0, 0, 0, 0, 0, 0],
      level: 93,
    },
    id: 0,
    chromaFormat: 1,
    bitDepthLuma: 8,
    bitDepthChroma: 8,
    width: 640,
    height: 360,
    vui: undefined,
  })
})

it('has no timing when a count is 0', () => {
  const vui = `1 0000 000 0 1 ${u(32, 0)} ${u(32, 25)} 0`
  expect(readHevcSequenceParameterSet(sps({ vui })).vui).toStrictEqual({
    sampleAspectRatio: undefined,
    colour: undefined,
    fields: false,
    timing: undefined,
  })
})

it('reads colours and a default display window before the timing', () => {
  const vui = `1 0 0 1 101 0 1 ${u(8, 9)}${u(8, 16)}${u(8, 9)} 0 000 1${ue(3).repeat(4)} 1 ${u(32, 1)} ${u(32, 50)} 0`
  expect(readHevcSequenceParameterSet(sps({ vui }))).toMatchObject({
    width: 640,
    height: 360,
    vui: { colour: { primaries: 9, transfer: 16, matrix: 9 }, timing: { numUnitsInTick: 1, timeScale: 50 } },
  })
})

it.each([
  ['media.hevc.not_an_sps', Uint8Array.of(0x44, 0x01)],
  ['media.hevc.not_an_sps', Uint8Array.of()],
  ['media.hevc.sps_truncated', Uint8Array.of(0x42, 0x01, 0x01)],
  ['media.hevc.sps_truncated', sps({ vui: `1 1 ${u(8, 255)}` })],
  ['media.hevc.sps_invalid', sps({ layers: u(3, 7) })],
  ['media.hevc.sps_invalid', sps({ id: ue(16) })],
  ['media.hevc.sps_invalid', sps({ chromaFormat: ue(4) })],
  ['media.hevc.sps_invalid', sps({ depth: ue(9) })],
  ['media.hevc.sps_invalid', sps({ pictureSets: ue(65) })],
  ['media.hevc.sps_invalid', sps({ pictureSets: ue(1) + ue(17) })],
  ['media.hevc.sps_invalid', sps({ pictureSets: ue(1) + ue(9) + ue(8) + `${ue(0)}1`.repeat(17) })],
  ['media.hevc.sps_invalid', sps({ longTerm: `1${ue(33)}` })],
  ['media.hevc.sps_invalid', sps({ id: '0'.repeat(40) })],
  ['media.hevc.picture_size', sps({ size: ue(16_889) + ue(360) })],
  ['media.hevc.picture_size', sps({ size: ue(640) + ue(0) })],
  ['media.hevc.picture_size', sps({ crop: `1${ue(160)}${ue(160)}${ue(0)}${ue(0)}` })],
])('throws %s', (code, nalUnit) => {
  expect(() => readHevcSequenceParameterSet(nalUnit)).toThrow(
    expect.objectContaining({ code, constructor: ProtocolError }),
  )
})
