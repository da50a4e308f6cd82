import { toHex } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { hex as bytes } from '../testing/hex.ts'
import { withRecoveryPoint } from './recovery-point.ts'

const SEI = '0606018480'

describe('withRecoveryPoint', () => {
  it.each([
    ['a slice alone', 4, '00000002 419a', `00000005 ${SEI} 00000002 419a`],
    ['lengths of 2 bytes', 2, '0002 419a', `0005 ${SEI} 0002 419a`],
    ['lengths of 1 byte', 1, '02 419a', `05 ${SEI} 02 419a`],
    ['two slices', 1, '02 419a 02 419b', `05 ${SEI} 02 419a 02 419b`],
    ['a slice in partitions', 1, '01 42 01 43', `05 ${SEI} 01 42 01 43`],
    [
      'delimiter, parameter sets and SEI before it',
      1,
      '02 0930 02 674d 01 68 02 0605 02 419a',
      `02 0930 02 674d 01 68 02 0605 05 ${SEI} 02 419a`,
    ],
    ['a prefix NAL unit', 1, '02 6e40 02 419a', `05 ${SEI} 02 6e40 02 419a`],
    ['an empty NAL unit before it', 1, '00 02 419a', `00 05 ${SEI} 02 419a`],
  ] as const)('stands before %s', (_name, size, before, after) => {
    const accessUnit = bytes(before)
    expect(toHex(withRecoveryPoint(accessUnit, size))).toBe(after.replaceAll(' ', ''))
    expect(toHex(accessUnit)).toBe(before.replaceAll(' ', ''))
  })

  it('works on a view into a larger array', () => {
    const accessUnit = bytes('ffff 02 419a').subarray(2)
    expect(toHex(withRecoveryPoint(accessUnit, 1))).toBe(`05${SEI}02419a`)
  })

  it('leaves an access unit without a slice alone', () => {
    const accessUnit = bytes('02 0930')
    expect(withRecoveryPoint(accessUnit, 1)).toBe(accessUnit)
  })

  it('refuses lengths that run past the end', () => {
    expect(() => withRecoveryPoint(bytes('00000009 0930'), 4)).toThrow(
      expect.objectContaining({ code: 'media.h264.nal_unit_truncated' }),
    )
  })
})
