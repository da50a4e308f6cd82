import { concatBytes, StateError, toHex } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { writeFlvHeader } from './flv-header.ts'
import { FlvTagType, flvTagPieces, writeFlvTag } from './tag.ts'

const BODY = Uint8Array.of(0xaf, 0x01, 0x21)

const TAGS = [
  {
    name: 'audio at 0',
    type: FlvTagType.audio,
    timestamp: 0,
    hex: '08 000003 000000 00 000000 af0121 0000000e',
  },
  {
    name: 'video below the upper byte',
    type: FlvTagType.video,
    timestamp: 0xffffff,
    hex: '09 000003 ffffff 00 000000 af0121 0000000e',
  },
  {
    name: 'script data above it',
    type: FlvTagType.script,
    timestamp: 0x01000002,
    hex: '12 000003 000002 01 000000 af0121 0000000e',
  },
  {
    name: 'the last time before the sign',
    type: FlvTagType.video,
    timestamp: 0x7fffffff,
    hex: '09 000003 ffffff 7f 000000 af0121 0000000e',
  },
  {
    name: 'a time before 0',
    type: FlvTagType.video,
    timestamp: -1,
    hex: '09 000003 ffffff ff 000000 af0121 0000000e',
  },
  {
    name: 'a time beyond 2³²',
    type: FlvTagType.video,
    timestamp: 2 ** 32 + 5,
    hex: '09 000003 000005 00 000000 af0121 0000000e',
  },
] as const

describe('FLV tags', () => {
  it.each(TAGS)('writes $name', ({ type, timestamp, hex }) => {
    const expected = hex.replaceAll(' ', '')
    expect(toHex(writeFlvTag(type, timestamp, BODY))).toBe(expected)
    expect(toHex(concatBytes(flvTagPieces(type, timestamp, BODY)))).toBe(expected)
    const split = [BODY.subarray(0, 1), BODY.subarray(1)]
    expect(toHex(concatBytes(flvTagPieces(type, timestamp, ...split)))).toBe(expected)
  })

  it('writes the sizes of the largest body', () => {
    const [header, body, trailer] = flvTagPieces(FlvTagType.video, 0, new Uint8Array(0xffffff))
    expect(toHex(header?.subarray(0, 4) ?? BODY)).toBe('09ffffff')
    expect(body?.length).toBe(0xffffff)
    expect(toHex(trailer ?? BODY)).toBe('0100000a')
  })

  it.each([
    ['a body of 2²⁴ bytes', 0, 0x1000000],
    ['a time with a fraction', 33.4, 3],
    ['no time', Number.NaN, 3],
  ])('does not write %s', (_name, timestamp, size) => {
    expect(() => flvTagPieces(FlvTagType.video, timestamp, new Uint8Array(size))).toThrow(
      expect.objectContaining({ code: 'flv.tag.unwritable', constructor: StateError }),
    )
  })
})

it.each([
  [{ audio: true, video: true }, '464c5601 05 00000009 00000000'],
  [{ audio: false, video: true }, '464c5601 01 00000009 00000000'],
  [{ audio: true, video: false }, '464c5601 04 00000009 00000000'],
])('writes the header for %o', (contents, hex) => {
  expect(toHex(writeFlvHeader(contents))).toBe(hex.replaceAll(' ', ''))
})
