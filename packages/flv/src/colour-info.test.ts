import { AmfObject, type AmfValue } from '@sluice/amf'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readColourInfo } from './colour-info.ts'

const CONFIG = AmfObject.of({
  bitDepth: 10,
  colorPrimaries: 9,
  transferCharacteristics: 16,
  matrixCoefficients: 9,
})
const DISPLAY = {
  redX: 0.68,
  redY: 0.32,
  greenX: 0.265,
  greenY: 0.69,
  blueX: 0.15,
  blueY: 0.06,
  whitePointX: 0.3127,
  whitePointY: 0.329,
  maxLuminance: 1000,
  minLuminance: 0.005,
}
const PQ = { primaries: 9, transfer: 16, matrix: 9, fullRange: false }

describe('colorInfo', () => {
  it('is read whole', () => {
    const info = AmfObject.of({
      colorConfig: CONFIG,
      hdrCll: AmfObject.of({ maxFall: 400, maxCLL: 1000 }),
      hdrMdcv: AmfObject.of(DISPLAY),
    })
    expect(readColourInfo(info)).toEqual({
      description: PQ,
      contentLight: { maximum: 1000, maximumFrameAverage: 400 },
      masteringDisplay: {
        red: [34_000, 16_000],
        green: [13_250, 34_500],
        blue: [7500, 3000],
        white: [15_635, 16_450],
        maxLuminance: 10_000_000,
        minLuminance: 50,
      },
    })
  })

  it.each([
    ['undefined', undefined],
    ['an empty object', AmfObject.of({})],
    ['what ffmpeg sends without colours', AmfObject.of({ colorConfig: AmfObject.of({}) })],
    ['text', 'bt2020'],
    ['unspecified code points', AmfObject.of({ colorConfig: AmfObject.of({ colorPrimaries: 2 }) })],
  ])('takes it back: %s', (_, value) => {
    expect(readColourInfo(value)).toBeUndefined()
  })

  it.each([
    ['a part of a display', AmfObject.of({ colorConfig: CONFIG, hdrMdcv: AmfObject.of({ redX: 0.6 }) })],
    [
      'a display that cannot be',
      AmfObject.of({ colorConfig: CONFIG, hdrMdcv: AmfObject.of({ ...DISPLAY, redX: 7 }) }),
    ],
    [
      'light in words',
      AmfObject.of({ colorConfig: CONFIG, hdrCll: AmfObject.of({ maxCLL: 'much', maxFall: 1 }) }),
    ],
    ['code points out of range elsewhere', AmfObject.of({ colorConfig: CONFIG, hdrCll: 7 })],
  ])('says what it can: %s', (_, value) => {
    expect(readColourInfo(value)).toEqual({ description: PQ })
  })

  it('leaves code points open that are none', () => {
    const config = { transferCharacteristics: 18, colorPrimaries: 9.5, matrixCoefficients: 256 }
    expect(readColourInfo(AmfObject.of({ colorConfig: AmfObject.of(config) }))).toEqual({
      description: { primaries: 2, transfer: 18, matrix: 2, fullRange: false },
    })
  })

  it('never throws', () => {
    const leaf: fc.Arbitrary<AmfValue> = fc.oneof(fc.double(), fc.string(), fc.boolean(), fc.constant(null))
    const part = fc
      .record(Object.fromEntries(Object.keys(DISPLAY).map((name) => [name, leaf])), { requiredKeys: [] })
      .map((fields) => AmfObject.of(fields))
    const info = fc.record(
      { colorConfig: fc.oneof(leaf, part), hdrCll: fc.oneof(leaf, part), hdrMdcv: fc.oneof(leaf, part) },
      { requiredKeys: [] },
    )
    expect(() =>
      fc.assert(fc.property(info, (fields) => void readColourInfo(AmfObject.of(fields)))),
    ).not.toThrow()
  })
})
