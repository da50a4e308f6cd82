import { describe, expect, it } from 'vitest'
import { hex } from '../testing/hex.ts'
import { readAv1Light } from './metadata-obu.ts'

/** P3 primaries, D65, 1000 and 0.005 cd/m² in AV1's fixed-point numbers. */
const DISPLAY = '2a 19 02 ae14 51ec 43d7 b0a4 2666 0f5c 500d 5439 0003e800 00000052'

describe('light in AV1 metadata', () => {
  it('has red first, and fractions of powers of two', () => {
    expect(readAv1Light(hex(DISPLAY))).toEqual({
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

  it('has light levels, behind a sequence header and other metadata', () => {
    expect(readAv1Light(hex('0a 01 00 2a 02 04 aa 2a 05 01 03e8 0190'))).toEqual({
      contentLight: { maximum: 1000, maximumFrameAverage: 400 },
    })
  })

  it('is nothing where there is none, or a display that cannot be', () => {
    expect(readAv1Light(new Uint8Array())).toEqual({})
    expect(readAv1Light(hex(DISPLAY.replace('0003e800', 'ffffffff')))).toEqual({})
  })

  it('cut off is an error', () => {
    expect(() => readAv1Light(hex('2a 03 01 03e8'))).toThrow(
      expect.objectContaining({ code: 'media.av1.metadata_truncated' }),
    )
  })
})
