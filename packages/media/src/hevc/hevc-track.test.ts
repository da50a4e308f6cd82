import { concatBytes, ProtocolError, VIDEO_TIMESCALE } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { hex } from '../testing/hex.ts'
import { HEVC_FFMPEG, HEVC_GSTREAMER } from '../testing/records.ts'
import { readHevcDecoderConfigurationRecord } from './hevc-decoder-configuration-record.ts'
import { hevcCodecString, hevcTrack } from './hevc-track.ts'
import { hevcNalUnitType } from './nal-unit.ts'

/** As much of a record as stands before its arrays, with a count of them. */
function headerOf(record: Uint8Array, arrays: number): Uint8Array {
  return Uint8Array.of(...record.subarray(0, 22), arrays)
}

const VPS = HEVC_FFMPEG.subarray(23, 23 + 5 + 0x18)
const SPS = HEVC_FFMPEG.subarray(52, 52 + 5 + 0x2a)
const PPS = HEVC_FFMPEG.subarray(99)

describe('hevcTrack', () => {
  it('describes what ffmpeg sends', () => {
    expect(hevcTrack(HEVC_FFMPEG)).toStrictEqual({
      kind: 'video',
      codec: 'hevc',
      codecString: 'hvc1.1.6.L30.90',
      width: 160,
      height: 90,
      pixelAspectRatio: [1, 1],
      frameRate: 25,
      timescale: VIDEO_TIMESCALE,
      config: HEVC_FFMPEG,
    })
  })

  it('describes what GStreamer sends', () => {
    expect(hevcTrack(HEVC_GSTREAMER)).toMatchObject({
      codecString: 'hvc1.4.10.L63.9C.8',
      width: 96,
      height: 54,
      frameRate: 25,
    })
  })

  it('keeps the record, uncopied', () => {
    expect(hevcTrack(HEVC_FFMPEG).config).toBe(HEVC_FFMPEG)
  })

  it.each([
    ['media.hevc.no_vps', [SPS, PPS]],
    ['media.hevc.no_sps', [VPS, PPS]],
    ['media.hevc.no_pps', [VPS, SPS]],
    ['media.hevc.no_sps', [VPS, hex('21 0000'), PPS]],
    ['media.hevc.not_an_sps', [VPS, hex('21 0001 0002 4001'), PPS]],
  ])('throws %s', (code, arrays) => {
    const record = concatBytes([headerOf(HEVC_FFMPEG, arrays.length), ...arrays])
    expect(() => hevcTrack(record)).toThrow(expect.objectContaining({ code, constructor: ProtocolError }))
  })

  it('finds the SPS where an empty array of its type stands before it', () => {
    const record = concatBytes([headerOf(HEVC_FFMPEG, 4), VPS, hex('21 0000'), SPS, PPS])
    expect(hevcTrack(record)).toMatchObject({ width: 160, height: 90 })
  })
})

describe('HEVCDecoderConfigurationRecord', () => {
  it('is read', () => {
    const record = readHevcDecoderConfigurationRecord(HEVC_FFMPEG)
    expect(record).toStrictEqual({
      profileTierLevel: {
        profileSpace: 0,
        highTier: false,
        profile: 1,
        compatibility: 0x60000000,
        constraints: [0x90, 0, 0, 0, 0, 0],
        level: 30,
      },
      chromaFormat: 1,
      bitDepthLuma: 8,
      bitDepthChroma: 8,
      nalLengthSize: 4,
      arrays: [
        { complete: false, type: 32, nalUnits: [VPS.subarray(5)] },
        { complete: false, type: 33, nalUnits: [SPS.subarray(5)] },
        { complete: false, type: 34, nalUnits: [PPS.subarray(5)] },
      ],
    })
    expect(record.arrays.flatMap(({ nalUnits }) => nalUnits.map(hevcNalUnitType))).toStrictEqual([32, 33, 34])
  })

  it('tells complete arrays and lengths of two bytes', () => {
    const record = concatBytes([HEVC_FFMPEG.subarray(0, 21), hex('0d 01 a0 0001 0002 4001')])
    expect(readHevcDecoderConfigurationRecord(record)).toMatchObject({
      nalLengthSize: 2,
      arrays: [{ complete: true, type: 32, nalUnits: [hex('4001')] }],
    })
  })

  it.each([
    ['media.hevc.config_truncated', hex('')],
    ['media.hevc.config_truncated', HEVC_FFMPEG.subarray(0, 22)],
    ['media.hevc.config_truncated', HEVC_FFMPEG.subarray(0, 60)],
    ['media.hevc.config_version', hex('00 01')],
    ['media.hevc.nal_length_size', concatBytes([HEVC_FFMPEG.subarray(0, 21), hex('0e 00')])],
  ])('throws %s', (code, record) => {
    expect(() => readHevcDecoderConfigurationRecord(record)).toThrow(
      expect.objectContaining({ code, constructor: ProtocolError }),
    )
  })
})

describe('codec string', () => {
  const main = {
    profileSpace: 0,
    highTier: false,
    profile: 1,
    compatibility: 0x60000000,
    constraints: [0xb0, 0, 0, 0, 0, 0],
    level: 93,
  }

  it.each([
    ['hvc1.1.6.L93.B0', main],
    ['hvc1.2.4.H153.B0', { ...main, profile: 2, compatibility: 0x20000000, highTier: true, level: 153 }],
    ['hvc1.A1.6.L93.B0', { ...main, profileSpace: 1 }],
    ['hvc1.C1.6.L93.B0', { ...main, profileSpace: 3 }],
    ['hvc1.1.6.L93', { ...main, constraints: [0, 0, 0, 0, 0, 0] }],
    ['hvc1.1.6.L93.0.0.0.0.0.1', { ...main, constraints: [0, 0, 0, 0, 0, 1] }],
    ['hvc1.4.80000001.L93.9D.8', { ...main, profile: 4, compatibility: 0x80000001, constraints: [0x9d, 8] }],
  ])('%s', (text, profileTierLevel) => {
    expect(hevcCodecString(profileTierLevel)).toBe(text)
  })
})
