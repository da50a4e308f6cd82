import { BitReader, ByteReader, ProtocolError, StateError } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { readStructure, type Structure, upTo } from './structure.ts'

const THING: Structure = { name: 'a thing', code: 'media.thing', spec: 'Things §1' }

describe('readStructure', () => {
  it('gives what was read', () => {
    expect(readStructure(THING, 1, () => new ByteReader(Uint8Array.of(7)).u8())).toBe(7)
  })

  it.each([
    ['bytes', () => new ByteReader(Uint8Array.of(7)).u16be(), 'media.thing_truncated'],
    ['bits', () => new BitReader(Uint8Array.of(7)).bits(9), 'media.thing_truncated'],
    ['an Exp-Golomb code', () => new BitReader(new Uint8Array(9)).ue(), 'media.thing_invalid'],
  ])('names the thing that lacks %s', (_name, read, code) => {
    expect(() => readStructure(THING, 1, read)).toThrow(
      expect.objectContaining({
        code,
        constructor: ProtocolError,
        message: expect.stringMatching(/^a thing of 1 bytes /),
        details: { size: 1 },
        spec: THING.spec,
        cause: expect.any(ProtocolError),
      }),
    )
  })

  it.each([new StateError('media.other', 'another'), new RangeError('a bug')])('lets %o through', (error) => {
    const read = (): never => {
      throw error
    }
    expect(() => readStructure(THING, 1, read)).toThrow(error)
  })
})

it('takes values up to a limit', () => {
  expect(upTo(3, 3, 'size', THING)).toBe(3)
  expect(() => upTo(3, 4, 'size', THING)).toThrow(
    expect.objectContaining({
      code: 'media.thing_invalid',
      message: 'size is at most 3, not 4',
      details: { field: 'size', value: 4, max: 3 },
    }),
  )
})
