import { ProtocolError, toHex, VIDEO_TIMESCALE } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { hex as bytes } from '../testing/hex.ts'
import {
  readAvcDecoderConfigurationRecord,
  writeAvcDecoderConfigurationRecord,
} from './avc-decoder-configuration-record.ts'
import { firstSequenceParameterSet, h264Track } from './h264-track.ts'

/**
 * Records as real encoders write them. Those with a `source` come from ffmpeg 5.1.9 (libx264 164):
 * `ffmpeg -f lavfi -i SOURCE -frames:v 3 -c:v libx264 -preset ultrafast OPTIONS out.flv`, AVC sequence header.
 */
const RECORDS = [
  {
    name: 'Baseline, 30000/1001',
    source: 'testsrc2=s=320x240:r=30000/1001 -profile:v baseline -pix_fmt yuv420p',
    hex: '0142c00dffe100156742c00dda0507ec04400000fa40003a9803c50aa801000468ce0fc8',
    track: { codecString: 'avc1.42c00d', width: 320, height: 240, frameRate: 30_000 / 1001 },
    sps: { profile: 66, constraints: 0xc0, level: 13, chromaFormat: 1, progressive: true },
  },
  {
    name: 'Main, width and height cropped to even numbers',
    source: 'testsrc2=s=854x478:r=24000/1001 -profile:v main -preset medium -pix_fmt yuv420p',
    hex: '014d401effe10018674d401eeca06c1ef356022000007d2000177001e2c5b2c001000568ebe3cb20',
    track: { codecString: 'avc1.4d401e', width: 854, height: 478, frameRate: 24_000 / 1001 },
    sps: { profile: 77, chromaFormat: 1, progressive: true },
  },
  {
    name: 'High, 1080 lines of 1088',
    source: 'testsrc2=s=1920x1080:r=25 -profile:v high -pix_fmt yuv420p -g 50 -preset medium',
    hex: '01640028ffe1001b67640028acd940780227e5c044000003000400000300c83c60c65801000668ebe3cb22c0fdf8f800',
    track: { codecString: 'avc1.640028', width: 1920, height: 1080, frameRate: 25 },
    sps: { profile: 100, chromaFormat: 1, maxReferenceFrames: 4 },
  },
  {
    name: 'High 4:4:4, odd width and height, extended aspect ratio',
    source: 'testsrc2=s=852x478:r=25,scale=853:479 -pix_fmt yuv444p',
    hex: '01f4001effe1001e67f4001e919680d83de32bff0cca0cc71000000300100000030320f162ea01000568ce0f1920fff8f800',
    track: {
      codecString: 'avc1.f4001e',
      width: 853,
      height: 479,
      frameRate: 25,
      pixelAspectRatio: [3274, 3271],
    },
    sps: { profile: 244, chromaFormat: 3, bitDepthLuma: 8 },
  },
  {
    name: 'Main, interlaced, anamorphic',
    source: 'testsrc2=s=720x576:r=25,setsar=16/11 -pix_fmt yuv420p -flags +ildct+ilme -profile:v main',
    hex: '014d401effe10018674d401ef405a126c104000003000400000300c87c50aa8001000468de0fc8',
    track: { codecString: 'avc1.4d401e', width: 720, height: 576, frameRate: 25, pixelAspectRatio: [16, 11] },
    sps: { progressive: false },
  },
  {
    name: 'High, interlaced, 1080 lines cropped in units of four',
    source: 'testsrc2=s=1440x1080:r=30000/1001,setsar=4/3 -pix_fmt yuv420p -flags +ildct+ilme -preset medium',
    hex: '01640028ffe1001967640028acd9405a044fde1c2000007d20001d4c03e2c5b2c001000668fba3cb22c0fdf8f800',
    track: { width: 1440, height: 1080, frameRate: 30_000 / 1001, pixelAspectRatio: [4, 3] },
    sps: { progressive: false },
  },
  {
    name: 'extended aspect ratio',
    source: 'testsrc2=s=640x360:r=60,setsar=59/54 -pix_fmt yuv420p',
    hex: '0142c01fffe1001d6742c01fda0280bfe5ffc00ec00d84000003000400000301e03c60ca8001000468ce0fc8',
    track: { width: 640, height: 360, frameRate: 60, pixelAspectRatio: [59, 54] },
    sps: { progressive: true },
  },
  {
    name: 'High 10',
    source: 'testsrc2=s=640x360:r=50 -pix_fmt yuv420p10le',
    hex: '016e001fffe10019676e001fa6cb405017fcb808800000030080000032078c195001000468ce0fc8fdfafa00',
    track: { codecString: 'avc1.6e001f', width: 640, height: 360, frameRate: 50 },
    sps: { profile: 110, chromaFormat: 1, bitDepthLuma: 10, bitDepthChroma: 10 },
  },
  {
    name: 'High 4:2:2',
    source: 'testsrc2=s=640x362:r=50 -pix_fmt yuv422p',
    hex: '017a001fffe10019677a001fbcb405017fcf80880000030008000003032078c19501000468ce0fc8fef8f800',
    track: { codecString: 'avc1.7a001f', width: 640, height: 362, frameRate: 50 },
    sps: { profile: 122, chromaFormat: 2 },
  },
  {
    name: 'High, monochrome',
    source: 'testsrc2=s=642x362:r=25 -pix_fmt gray -preset medium',
    hex: '0164001effe1001a6764001ef3650290bf8f9f016c800000030080000019078b16cb01000668ebe3cb22c0fcf8f800',
    track: { codecString: 'avc1.64001e', width: 642, height: 362, frameRate: 25 },
    sps: { chromaFormat: 0 },
  },
  {
    name: 'colour description, level 5.2',
    source:
      'testsrc2=s=3840x2160:r=60 -pix_fmt yuv420p -color_primaries bt2020 -color_trc bt2020-10 -colorspace bt2020nc',
    hex: '0142c034ffe1001c6742c034da00f0010fb016a121c128000003000800000303c078c19501000468ce0fc8',
    track: { codecString: 'avc1.42c034', width: 3840, height: 2160, frameRate: 60 },
    sps: { vui: { colour: { primaries: 9, transfer: 14, matrix: 9 } } },
  },
  {
    // OBS Studio 29.0 with x264, taken from its RTMP stream.
    name: 'OBS',
    hex: '0142c00bffe1001a6742c00bda0a37e4c05a808080a0000003002000000791e2855401000468ce3c80',
    track: { codecString: 'avc1.42c00b', width: 160, height: 90, frameRate: 30 },
    sps: { vui: { colour: { primaries: 1, transfer: 1, matrix: 1 } } },
  },
  {
    // GStreamer 1.28 eflvmux with x264enc, taken from its RTMP stream.
    name: 'GStreamer, High 4:4:4 with 10 bits',
    hex: '01f4000dffe1001c67f4000d90d96828df9f016a0c0c0c800000030080000019478a155001000468ce3192fffafa00',
    track: { codecString: 'avc1.f4000d', width: 160, height: 90, frameRate: 25 },
    sps: { chromaFormat: 3, bitDepthLuma: 10 },
  },
] as const

describe('real H.264 configuration records', () => {
  it.each(RECORDS)('describes $name', ({ hex, track, sps }) => {
    const avcC = bytes(hex)
    expect(h264Track(avcC)).toMatchObject({
      kind: 'video',
      codec: 'h264',
      timescale: VIDEO_TIMESCALE,
      pixelAspectRatio: [1, 1],
      ...track,
    })
    expect(h264Track(avcC).config).toBe(avcC)
    expect(firstSequenceParameterSet(readAvcDecoderConfigurationRecord(avcC))).toMatchObject(sps)
  })

  it.each(RECORDS)('writes $name as it was', ({ hex }) => {
    expect(toHex(writeAvcDecoderConfigurationRecord(readAvcDecoderConfigurationRecord(bytes(hex))))).toBe(hex)
  })
})

describe('h264Track', () => {
  const record = readAvcDecoderConfigurationRecord(bytes(RECORDS[0].hex))

  it('refuses a record without parameter sets', () => {
    const withoutSps = writeAvcDecoderConfigurationRecord({ ...record, sequenceParameterSets: [] })
    const withoutPps = writeAvcDecoderConfigurationRecord({ ...record, pictureParameterSets: [] })
    expect(() => h264Track(withoutSps)).toThrow(
      expect.objectContaining({ code: 'media.h264.no_sps', constructor: ProtocolError }),
    )
    expect(() => h264Track(withoutPps)).toThrow(expect.objectContaining({ code: 'media.h264.no_pps' }))
  })

  it('takes the codec string from the record, not from the SPS', () => {
    const relabelled = writeAvcDecoderConfigurationRecord({
      ...record,
      profile: 0x42,
      profileCompatibility: 0x0a,
    })
    expect(h264Track(relabelled).codecString).toBe('avc1.420a0d')
  })
})
