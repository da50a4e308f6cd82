import { describe, expect, it } from 'vitest'
import { hex } from '../testing/hex.ts'
import { readHevcLight } from './supplemental-enhancement-information.ts'

const DISPLAY = '89 18 33c2 86c4 1d4c 0bb8 84d0 3e80 3d13 4042 00989680 00000032'
const LIGHT = '90 04 03e8 0190'
const MASTERING_DISPLAY = {
  green: [13_250, 34_500],
  blue: [7500, 3000],
  red: [34_000, 16_000],
  white: [15_635, 16_450],
  maxLuminance: 10_000_000,
  minLuminance: 50,
}
const CONTENT_LIGHT = { maximum: 1000, maximumFrameAverage: 400 }

describe('light in SEI messages', () => {
  it.each([
    ['a mastering display', `4e01 ${DISPLAY} 80`, { masteringDisplay: MASTERING_DISPLAY }],
    ['a light level', `4e01 ${LIGHT} 80`, { contentLight: CONTENT_LIGHT }],
    [
      'both in one NAL unit, behind another message',
      `4e01 05 02 aabb ${DISPLAY} ${LIGHT} 80`,
      { masteringDisplay: MASTERING_DISPLAY, contentLight: CONTENT_LIGHT },
    ],
    ['a type of two bytes before it', `4e01 ff01 01 00 ${LIGHT} 80`, { contentLight: CONTENT_LIGHT }],
    [
      'emulation prevention',
      '4e01 90 04 00 00 03 00 01 80',
      { contentLight: { maximum: 0, maximumFrameAverage: 1 } },
    ],
    ['a message too short for what it says', '4e01 90 02 03e8 80', {}],
    ['a message cut off', `4e01 ${DISPLAY.slice(0, 30)}`, {}],
    ['a size without end', '4e01 90 ff ff ff', {}],
    ['nothing', '4e01', {}],
  ])('%s', (_, bytes, light) => {
    expect(readHevcLight(hex(bytes))).toEqual(light)
  })
})
