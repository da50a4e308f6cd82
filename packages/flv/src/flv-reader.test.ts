import { ProtocolError, UnsupportedError } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { writeFlvHeader } from './flv-header.ts'
import { type FlvEvent, FlvReader } from './flv-reader.ts'
import { FlvTagType, writeFlvTag } from './tag.ts'

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
}

const HEADER = '464c5601 05 00000009 00000000'
const AUDIO = '08 000003 00002a 00 000000 af0121 0000000e'

function events(hex: string): FlvEvent[] {
  const reader = new FlvReader()
  reader.receive(bytes(hex))
  return reader.events()
}

describe('FlvReader', () => {
  it('reads a header and tags', () => {
    expect(events(`${HEADER} ${AUDIO} 12 000000 000000 ff 000000 0000000b`)).toStrictEqual([
      { type: 'header', hasAudio: true, hasVideo: true },
      { type: 'tag', tagType: FlvTagType.audio, timestamp: 42, body: bytes('af0121'), raw: bytes(AUDIO) },
      {
        type: 'tag',
        tagType: FlvTagType.script,
        timestamp: -0x1000000,
        body: bytes(''),
        raw: bytes('12 000000 000000 ff 000000 0000000b'),
      },
    ])
  })

  it('hands events over once', () => {
    const reader = new FlvReader()
    reader.receive(bytes(HEADER))
    expect(reader.events()).toHaveLength(1)
    expect(reader.events()).toHaveLength(0)
  })

  it('passes over what a longer header holds', () => {
    expect(events('464c5601 01 0000000b ffff 00000000')).toStrictEqual([
      { type: 'header', hasAudio: false, hasVideo: true },
    ])
  })

  it('shows tags of reserved types', () => {
    expect(events(`${HEADER} 0f 000001 000000 00 000000 ff 0000000c ${AUDIO}`)).toMatchObject([
      { type: 'header' },
      { type: 'ignored', tagType: 15, size: 1 },
      { type: 'tag' },
    ])
  })

  it('does not copy a tag that arrives whole', () => {
    const input = bytes(HEADER + AUDIO)
    const reader = new FlvReader()
    reader.receive(input)
    expect(reader.events()[1]).toMatchObject({ raw: { buffer: input.buffer } })
    expect(reader.pending).toBe(0)
  })

  it('keeps a tag apart from later bytes', () => {
    const reader = new FlvReader()
    const input = bytes(HEADER + AUDIO)
    for (const byte of input) reader.receive(Uint8Array.of(byte))
    const [, tag] = reader.events()
    reader.receive(bytes(AUDIO.replace('af0121', 'ffffff')))
    expect(tag).toMatchObject({ body: bytes('af0121'), raw: bytes(AUDIO) })
  })

  it('tells how much of an unfinished tag is there', () => {
    const reader = new FlvReader()
    reader.receive(bytes(`${HEADER} 08 0000`))
    expect(reader.pending).toBe(3)
    reader.receive(bytes('03 00002a 00 000000 af'))
    expect(reader.pending).toBe(12)
  })

  it('reads the largest tag', () => {
    const reader = new FlvReader()
    reader.receive(writeFlvHeader({ audio: false, video: true }))
    const tag = writeFlvTag(FlvTagType.video, 0, new Uint8Array(0xffffff))
    reader.receive(tag.subarray(0, 1000))
    reader.receive(tag.subarray(1000))
    const [, event] = reader.events()
    expect(event?.type === 'tag' && event.body.length).toBe(0xffffff)
  })

  it.each([
    ['flv.header.signature', '48545450 2f312e31 20'],
    ['flv.header.data_offset', '464c5601 05 00000008'],
    ['flv.header.data_offset', '464c5601 05 ffffffff'],
    ['flv.tag.previous_size', '464c5601 05 00000009 0000000e'],
    ['flv.tag.previous_size', `${HEADER} 08 000003 00002a 00 000000 af0121 0000000d`],
  ])('throws %s', (code, hex) => {
    expect(() => events(hex)).toThrow(expect.objectContaining({ code, constructor: ProtocolError }))
  })

  it.each([
    ['flv.header.version', '464c5602 05 00000009'],
    ['flv.tag.encrypted', `${HEADER} 29 000000 000000 00 000000 0000000b`],
  ])('throws %s', (code, hex) => {
    expect(() => events(hex)).toThrow(expect.objectContaining({ code, constructor: UnsupportedError }))
  })

  it('refuses a tag above its limit before the body is there', () => {
    const reader = new FlvReader({ maxTagBodySize: 1000 })
    reader.receive(bytes(HEADER))
    expect(() => reader.receive(bytes('09 0003e9 000000 00 000000'))).toThrow(
      expect.objectContaining({ code: 'flv.tag.body_too_large', details: { bodySize: 1001, limit: 1000 } }),
    )
  })

  it('reserves memory for a large tag as it comes', () => {
    const before = process.memoryUsage().arrayBuffers
    const reader = new FlvReader()
    reader.receive(bytes(`${HEADER} 09 ffffff 000000 00 000000`))
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20)
    expect(reader.pending).toBe(11)
  })

  it('stays failed', () => {
    const reader = new FlvReader()
    expect(() => reader.receive(bytes('48545450 2f312e31 20'))).toThrow(ProtocolError)
    expect(() => reader.receive(bytes(HEADER))).toThrow(
      expect.objectContaining({ code: 'flv.header.signature' }),
    )
  })
})
