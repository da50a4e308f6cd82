import { SluiceError, StateError, toHex } from '@sluice/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OPUS_HEAD, STREAM_INFO } from '../testing/tracks.ts'
import { dac3, dec3 } from './ac3-specific-boxes.ts'
import { av1C } from './av1-configuration-box.ts'
import { type BoxContent, writeBoxes } from './box.ts'
import { clli, colr, mdcv } from './colour-boxes.ts'
import { esds, ObjectType } from './elementary-stream-descriptor-box.ts'
import { dfLa, flacSampleSize } from './flac-specific-box.ts'
import { hvcC } from './hevc-configuration-box.ts'
import { dOps } from './opus-specific-box.ts'
import { sbgp, sgpd } from './roll-group-boxes.ts'
import { vp8ConfigurationRecord, vpcC } from './vp-codec-configuration-box.ts'

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
}

/** Main profile, level 3.1, up to `numOfArrays`. */
const HEVC_HEAD = '01 01 60000000 900000000000 5d f000 fc fd f8 f8 0000 0f'
/** As FLV has it: VPS, SPS and PPS not marked complete, and an SEI that wrongly is. */
const HEVC_FLV = `${HEVC_HEAD} 04 20 0001 0002 4001 21 0001 0003 420101 62 0001 0002 4401 a7 0001 0002 4e01`
const HEVC_MP4 = `${HEVC_HEAD} 04 a0 0001 0002 4001 a1 0001 0003 420101 a2 0001 0002 4401 27 0001 0002 4e01`

/** Stereo, pre-skip 312, 44.1 kHz, gain -2 dB, then family and, for 5.1, its table. */
const OPUS_FIELDS = '4f70757348656164 01 02 3801 44ac0000 00fe'
const OPUS_5_1 = '4f70757348656164 01 06 3801 80bb0000 0000 01 04 02 000401020305'

const GOLDEN: readonly { readonly name: string; readonly value: BoxContent; readonly bytes: string }[] = [
  { name: 'hvcC', value: hvcC(bytes(HEVC_FLV)), bytes: `0000003c 68766343 ${HEVC_MP4}` },
  { name: 'av1C', value: av1C(bytes('81000c00 0a01ff')), bytes: '0000000f 61763143 81000c00 0a01ff' },
  {
    name: 'vpcC of VP9',
    value: vpcC(bytes('00 0a 82 02 02 02 0000')),
    bytes: '00000014 76706343 01000000 00 0a 82 02 02 02 0000',
  },
  {
    name: 'vpcC of VP8',
    value: vpcC(vp8ConfigurationRecord('vp08.01.31.08')),
    bytes: '00000014 76706343 01000000 01 1f 80 02 02 02 0000',
  },
  {
    name: 'colr',
    value: colr({ primaries: 9, transfer: 16, matrix: 9, fullRange: true }),
    bytes: '00000013 636f6c72 6e636c78 0009 0010 0009 80',
  },
  {
    name: 'mdcv',
    value: mdcv({
      red: [34_000, 16_000],
      green: [13_250, 34_500],
      blue: [7500, 3000],
      white: [15_635, 16_450],
      maxLuminance: 10_000_000,
      minLuminance: 50,
    }),
    bytes: '00000020 6d646376 33c2 86c4 1d4c 0bb8 84d0 3e80 3d13 4042 00989680 00000032',
  },
  {
    name: 'clli',
    value: clli({ maximum: 1000, maximumFrameAverage: 400 }),
    bytes: '0000000c 636c6c69 03e8 0190',
  },
  {
    name: 'dOps',
    value: dOps(bytes(`${OPUS_FIELDS} 00`)),
    bytes: '00000013 644f7073 00 02 0138 0000ac44 fe00 00',
  },
  {
    name: 'dOps of a head with a mapping table and padding',
    value: dOps(bytes(`${OPUS_5_1} ffff`)),
    bytes: '0000001b 644f7073 00 06 0138 0000bb80 0000 01 04 02 000401020305',
  },
  {
    name: 'dfLa',
    value: dfLa(STREAM_INFO),
    bytes: `00000032 64664c61 00000000 80000022 ${toHex(STREAM_INFO)}`,
  },
  { name: 'dac3', value: dac3(bytes('100940')), bytes: '0000000b 64616333 100940' },
  { name: 'dec3', value: dec3(bytes('0600200f00')), bytes: '0000000d 64656333 0600200f00' },
  {
    name: 'esds of MP3',
    value: esds(ObjectType.mpeg1Audio, new Uint8Array(0)),
    bytes: '00000023 65736473 00000000 0315 0000 00 040d 6b 15 000000 00000000 00000000 0601 02',
  },
  {
    name: 'sgpd',
    value: sgpd(-4),
    bytes: '0000001a 73677064 01000000 726f6c6c 00000002 00000001 fffc',
  },
  { name: 'sbgp of no samples', value: sbgp(0), bytes: '00000014 73626770 00000000 726f6c6c 00000000' },
  {
    name: 'sbgp',
    value: sbgp(12),
    bytes: '0000001c 73626770 00000000 726f6c6c 00000001 0000000c 00000001',
  },
]

describe('boxes of codecs', () => {
  it.each(GOLDEN)('$name', ({ value, bytes: expected }) => {
    expect(toHex(writeBoxes(value))).toBe(expected.replaceAll(' ', ''))
  })

  it('leave the record that they are given as it is', () => {
    const record = bytes(HEVC_FLV)
    writeBoxes(hvcC(record))
    expect(record).toEqual(bytes(HEVC_FLV))
  })

  it.each([
    ['an OpusHead of another magic', 'cmaf.dOps.bad_head', dOps(bytes('4f70757354616773 01 02'))],
    ['an OpusHead of another major version', 'cmaf.dOps.bad_head', dOps(bytes('4f70757348656164 10 02'))],
    ['an OpusHead without its gain', 'cmaf.box.truncated', dOps(OPUS_HEAD.subarray(0, -3))],
    ['a mapping table cut short', 'cmaf.box.truncated', dOps(bytes(OPUS_5_1).subarray(0, -1))],
    ['an HEVC record without its arrays', 'cmaf.box.truncated', hvcC(bytes(`${HEVC_HEAD} 01`))],
    [
      'a parameter set longer than its record',
      'cmaf.box.truncated',
      hvcC(bytes(`${HEVC_HEAD} 01 20 0001 0003 4001`)),
    ],
  ])('refuse %s: %s', (_name, code, content) => {
    expect(() => writeBoxes(content)).toThrow(expect.objectContaining({ code }))
  })

  it('refuse a STREAMINFO that is not 34 bytes long', () => {
    const refused = expect.objectContaining({ code: 'cmaf.dfLa.bad_stream_info' })
    expect(() => dfLa(STREAM_INFO.subarray(1))).toThrow(refused)
    expect(() => flacSampleSize(new Uint8Array(38))).toThrow(refused)
  })

  it.each(['vp8', 'vp08', 'vp08.00.10', 'vp08.0.10.08', 'vp09.00.10.08', 'vp08.00.10.080'])(
    'know no VP8 profile from %s',
    (codecString) => {
      expect(() => vp8ConfigurationRecord(codecString)).toThrow(
        expect.objectContaining({ code: 'cmaf.vpcC.no_profile' }),
      )
    },
  )

  it.each([
    ['of 16 bits', '02f0', 16],
    ['of 24 bits', '0370', 24],
    ['of 32 bits', '03f0', 32],
    ['of 4 bits', '0230', 4],
  ])('read samples %s from a STREAMINFO', (_name, rateChannelsSize, size) => {
    const info = STREAM_INFO.slice()
    info.set(bytes(rateChannelsSize), 12)
    expect(flacSampleSize(info)).toBe(size)
  })

  it('take any bytes, or refuse them with a declared error', () => {
    const head = fc.constantFrom(bytes(HEVC_FLV), OPUS_HEAD, bytes(OPUS_5_1), STREAM_INFO, new Uint8Array(0))
    const damage = fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 6 })
    fc.assert(
      fc.property(head, damage, fc.uint8Array({ maxLength: 40 }), (start, changes, rest) => {
        const record = Uint8Array.from([...start, ...rest])
        for (const [at, value] of changes) if (at < record.length) record[at] = value
        for (const write of [hvcC, dOps, dfLa]) {
          try {
            expect(writeBoxes(write(record)).length).toBeLessThan(record.length + 20)
          } catch (error) {
            if (!(error instanceof SluiceError) || error instanceof StateError) throw error
          }
        }
      }),
    )
  })
})
