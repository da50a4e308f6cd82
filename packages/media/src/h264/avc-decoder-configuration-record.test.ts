import { StateError } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { hex as bytes } from '../testing/hex.ts'
import {
  type AvcDecoderConfigurationRecord,
  readAvcDecoderConfigurationRecord,
  writeAvcDecoderConfigurationRecord,
} from './avc-decoder-configuration-record.ts'

const MAIN = '01 4d401e ff e1 0002 674d 01 0001 68'
const HIGH = '01 640028 ff e1 0002 6764 01 0001 68'

describe('AVCDecoderConfigurationRecord', () => {
  it('reads a record without extension', () => {
    expect(readAvcDecoderConfigurationRecord(bytes(MAIN))).toStrictEqual({
      profile: 77,
      profileCompatibility: 0x40,
      level: 30,
      nalLengthSize: 4,
      sequenceParameterSets: [bytes('674d')],
      pictureParameterSets: [bytes('68')],
      highProfileExtension: undefined,
    })
  })

  it('reads the High profile extension', () => {
    const record = readAvcDecoderConfigurationRecord(bytes(`${HIGH} fd fa f9 01 0002 6d00`))
    expect(record.highProfileExtension).toStrictEqual({
      chromaFormat: 1,
      bitDepthLuma: 10,
      bitDepthChroma: 9,
      sequenceParameterSetExtensions: [bytes('6d00')],
    })
  })

  it.each([
    ['nothing behind a High record', ''],
    ['a byte of padding', '00'],
    ['an extension that is cut short', 'fd f8 f8 01 0002 6d'],
  ])('has no extension with %s', (_name, tail) => {
    expect(readAvcDecoderConfigurationRecord(bytes(HIGH + tail)).highProfileExtension).toBeUndefined()
  })

  it('ignores what stands behind a Main record', () => {
    expect(
      readAvcDecoderConfigurationRecord(bytes(`${MAIN} fd f8 f8 00`)).highProfileExtension,
    ).toBeUndefined()
  })

  it('takes cleared reserved bits', () => {
    const record = readAvcDecoderConfigurationRecord(bytes('01 4d401e 01 01 0002 674d 01 0001 68'))
    expect(record).toMatchObject({ nalLengthSize: 2, sequenceParameterSets: [bytes('674d')] })
  })

  it.each([
    ['media.h264.config_truncated', ''],
    ['media.h264.config_truncated', '01 4d401e ff e1 0003 674d'],
    ['media.h264.config_truncated', '01 4d401e ff e1 0002 674d 01'],
    ['media.h264.config_version', '00 00 00 01 67 4d'],
    ['media.h264.nal_length_size', '01 4d401e fe e1 0002 674d 01 0001 68'],
  ])('throws %s for %s', (code, hex) => {
    expect(() => readAvcDecoderConfigurationRecord(bytes(hex))).toThrow(expect.objectContaining({ code }))
  })

  const record: AvcDecoderConfigurationRecord = {
    profile: 100,
    profileCompatibility: 0,
    level: 31,
    nalLengthSize: 4,
    sequenceParameterSets: [bytes('67')],
    pictureParameterSets: [bytes('68')],
    highProfileExtension: undefined,
  }
  const extension = {
    chromaFormat: 1,
    bitDepthLuma: 8,
    bitDepthChroma: 8,
    sequenceParameterSetExtensions: [],
  }

  it.each([
    ['32 SPS', { ...record, sequenceParameterSets: Array(32).fill(bytes('67')) }],
    ['256 PPS', { ...record, pictureParameterSets: Array(256).fill(bytes('68')) }],
    ['an SPS of 65536 bytes', { ...record, sequenceParameterSets: [new Uint8Array(0x10000)] }],
    ['a level above 255', { ...record, level: 256 }],
    ['chroma format 4', { ...record, highProfileExtension: { ...extension, chromaFormat: 4 } }],
    ['7 bits', { ...record, highProfileExtension: { ...extension, bitDepthLuma: 7 } }],
    ['16 bits', { ...record, highProfileExtension: { ...extension, bitDepthChroma: 16 } }],
    ['an extension for Main', { ...record, profile: 77, highProfileExtension: extension }],
  ])('does not write %s', (_name, unwritable) => {
    expect(() => writeAvcDecoderConfigurationRecord(unwritable)).toThrow(StateError)
  })
})
