import { describe, expect, it } from 'vitest'
import {
  BT_709,
  type ColourDescription,
  contradicts,
  dynamicRange,
  mergeColours,
  sameColour,
  type VideoColour,
} from './colour.ts'
import { contentLightLevel, type MeasuredDisplay, masteringDisplay } from './hdr-metadata.ts'

const PQ: ColourDescription = { primaries: 9, transfer: 16, matrix: 9, fullRange: false }
const HLG: ColourDescription = { ...PQ, transfer: 18 }
const UNSPECIFIED: ColourDescription = { primaries: 2, transfer: 2, matrix: 2, fullRange: false }
/** P3 primaries, D65, 0.005 to 1000 cd/m². */
const MEASURED: MeasuredDisplay = {
  red: [0.68, 0.32],
  green: [0.265, 0.69],
  blue: [0.15, 0.06],
  white: [0.3127, 0.329],
  maxLuminance: 1000,
  minLuminance: 0.005,
}

it.each([
  ['PQ', PQ],
  ['HLG', HLG],
  ['SDR', BT_709],
  ['SDR', { ...PQ, transfer: 14 }],
  ['SDR', undefined],
] as const)('%s', (range, description) => {
  expect(dynamicRange(description)).toBe(range)
})

describe('what was announced beside a bitstream', () => {
  const light: VideoColour = { contentLight: { maximum: 1000, maximumFrameAverage: 400 } }

  it.each([
    ['is taken where the bitstream says nothing', undefined, PQ, PQ],
    [
      'fills what the bitstream leaves open',
      { ...UNSPECIFIED, matrix: 9, fullRange: true },
      HLG,
      { ...HLG, fullRange: true },
    ],
    ['gives way where they contradict each other', BT_709, PQ, BT_709],
    ['may be nothing', PQ, undefined, PQ],
  ])('%s', (_, own, announced, merged) => {
    const colour = (description: ColourDescription | undefined): VideoColour =>
      description === undefined ? {} : { description }
    expect(mergeColours(colour(own), colour(announced))).toEqual(colour(merged))
  })

  it('is the last word on light', () => {
    const newer: VideoColour = { contentLight: { maximum: 600, maximumFrameAverage: 200 } }
    expect(mergeColours({ description: PQ, ...light }, newer)).toEqual({ description: PQ, ...newer })
    expect(mergeColours({ description: PQ, ...light }, undefined)).toEqual({ description: PQ, ...light })
    expect(mergeColours(undefined, light)).toEqual(light)
  })

  it('contradicts it only where both specify something', () => {
    expect(contradicts(BT_709, PQ)).toBe(true)
    expect(contradicts({ ...UNSPECIFIED, primaries: 9 }, PQ)).toBe(false)
    expect(contradicts(PQ, undefined)).toBe(false)
  })
})

it('tells colours apart by every number', () => {
  const display = masteringDisplay(MEASURED)
  if (display === undefined) throw new Error('there is such a display')
  const colour: VideoColour = { description: PQ, masteringDisplay: display }
  expect(sameColour(colour, structuredClone(colour))).toBe(true)
  expect(sameColour(undefined, {})).toBe(true)
  expect(sameColour(colour, { description: PQ })).toBe(false)
  expect(sameColour(colour, { ...colour, description: { ...PQ, fullRange: true } })).toBe(false)
  expect(sameColour(colour, { ...colour, masteringDisplay: { ...display, green: [1, 2] } })).toBe(false)
  expect(sameColour(colour, { ...colour, contentLight: { maximum: 1, maximumFrameAverage: 1 } })).toBe(false)
})

describe('light in the numbers of MP4', () => {
  it('is rounded to them', () => {
    expect(masteringDisplay(MEASURED)).toEqual({
      red: [34_000, 16_000],
      green: [13_250, 34_500],
      blue: [7500, 3000],
      white: [15_635, 16_450],
      maxLuminance: 10_000_000,
      minLuminance: 50,
    })
    expect(contentLightLevel(999.6, 400)).toEqual({ maximum: 1000, maximumFrameAverage: 400 })
  })

  it.each([
    { red: [1.1, 0] },
    { white: [0.3, -0.1] },
    { blue: [Number.NaN, 0] },
    { maxLuminance: 500_000 },
    { minLuminance: -1 },
  ] as const)('does not exist outside of their range: %j', (wrong) => {
    expect(masteringDisplay({ ...MEASURED, ...wrong })).toBeUndefined()
  })

  it.each([
    [70_000, 1],
    [1, Number.NaN],
  ])('does not exist outside of their range: %d and %d', (maximum, average) => {
    expect(contentLightLevel(maximum, average)).toBeUndefined()
  })
})
