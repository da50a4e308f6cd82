import { toHex } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { hex as bytes } from '../testing/hex.ts'
import { nalUnits, nalUnitType, rawByteSequencePayload } from './nal-unit.ts'

describe('nalUnits', () => {
  it.each([
    [1 as const, '02 0910 01 65', ['0910', '65']],
    [2 as const, '0002 0910 0000 0001 65', ['0910', '65']],
    [4 as const, '00000002 0910 00000001 65', ['0910', '65']],
    [4 as const, '', []],
  ])('walks units with lengths of %i bytes', (size, hex, units) => {
    expect([...nalUnits(bytes(hex), size)].map(toHex)).toStrictEqual(units)
  })

  it('gives views', () => {
    const accessUnit = bytes('01 65')
    expect([...nalUnits(accessUnit, 1)][0]?.buffer).toBe(accessUnit.buffer)
  })

  it.each([
    ['a length that is cut short', '000000'],
    ['a unit that is cut short', '00000002 65'],
    ['a length above 31 bits', 'ffffffff 65'],
    ['start codes', '00000001 65 00000141'],
  ])('refuses %s', (_name, hex) => {
    expect(() => [...nalUnits(bytes(hex), 4)]).toThrow(
      expect.objectContaining({ code: 'media.h264.nal_unit_truncated' }),
    )
  })
})

it('tells a NAL unit type', () => {
  expect(nalUnitType(bytes('65'))).toBe(5)
  expect(nalUnitType(bytes('0910'))).toBe(9)
  expect(nalUnitType(bytes(''))).toBe(0)
})

describe('rawByteSequencePayload', () => {
  it('leaves its input alone, also where that is a Buffer whose slices share memory', () => {
    const nalUnit = Buffer.from([0x67, 0, 0, 3, 0, 8])
    expect([...rawByteSequencePayload(nalUnit)]).toEqual([0, 0, 0, 8])
    expect([...nalUnit]).toEqual([0x67, 0, 0, 3, 0, 8])
  })

  it.each([
    ['67 01 00 00 03 00 00 03 01', '01000000 0001'],
    ['67 00 00 03', '0000'],
    ['67 00 00 03 03', '000003'],
    ['67 00 03 00 00 04', '0003000004'],
    ['67', ''],
  ])('of %s', (nalUnit, payload) => {
    expect(toHex(rawByteSequencePayload(bytes(nalUnit)))).toBe(payload.replaceAll(' ', ''))
  })
})
