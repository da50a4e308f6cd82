import { toHex } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { readVideoBody, type VideoKind, videoKind } from './video-body.ts'

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
}

/** Bodies of the video itself. The first ones stood in RTMP streams of OBS 32.2 and ffmpeg 5.1.9. */
const BODIES: readonly {
  readonly name: string
  readonly hex: string
  readonly body: Readonly<Record<string, unknown>>
  readonly kind: VideoKind
}[] = [
  {
    name: 'OBS: sequence header',
    hex: '17 00 000000 0142c00bffe1001a6742c00bda0a37e4c05a808080a0000003002000000791e2855401000468ce3c80',
    body: {
      type: 'config',
      codec: 'h264',
      record: bytes('0142c00bffe1001a6742c00bda0a37e4c05a808080a0000003002000000791e2855401000468ce3c80'),
    },
    kind: 'config',
  },
  {
    name: 'OBS: keyframe with a composition time of 66 ms',
    hex: '17 01 000042 00000002 6588',
    body: {
      type: 'frame',
      codec: 'h264',
      keyframe: true,
      compositionOffset: 66,
      data: bytes('000000026588'),
    },
    kind: 'keyframe',
  },
  {
    name: 'ffmpeg: frame',
    hex: '27 01 0000a0 00000002 419a',
    body: {
      type: 'frame',
      codec: 'h264',
      keyframe: false,
      compositionOffset: 160,
      data: bytes('00000002419a'),
    },
    kind: 'frame',
  },
  {
    name: 'frame with a negative composition time',
    hex: '27 01 ffffd8 00000002 419a',
    body: {
      type: 'frame',
      codec: 'h264',
      keyframe: false,
      compositionOffset: -40,
      data: bytes('00000002419a'),
    },
    kind: 'frame',
  },
  {
    name: 'frame with the lowest composition time',
    hex: '27 01 800000 00',
    body: { type: 'frame', codec: 'h264', keyframe: false, compositionOffset: -8_388_608, data: bytes('00') },
    kind: 'frame',
  },
  {
    name: 'frame with the highest composition time',
    hex: '27 01 7fffff 00',
    body: { type: 'frame', codec: 'h264', keyframe: false, compositionOffset: 8_388_607, data: bytes('00') },
    kind: 'frame',
  },
  {
    name: 'keyframe made by a server',
    hex: '47 01 000000 00',
    body: { type: 'frame', codec: 'h264', keyframe: true, compositionOffset: 0, data: bytes('00') },
    kind: 'keyframe',
  },
  { name: 'end of sequence', hex: '17 02 000000', body: { type: 'end', codec: 'h264' }, kind: 'other' },
  { name: 'short end of sequence', hex: '17 02', body: { type: 'end', codec: 'h264' }, kind: 'other' },
  { name: 'seek command', hex: '57 00', body: { type: 'command' }, kind: 'other' },
  { name: 'seek command beside H.263', hex: '52 01', body: { type: 'command' }, kind: 'other' },
  { name: 'enhanced command', hex: 'd0 00', body: { type: 'command' }, kind: 'other' },
  { name: 'no bytes', hex: '', body: { type: 'empty' }, kind: 'other' },
  { name: 'header without NAL units', hex: '27 01 000000', body: { type: 'empty' }, kind: 'other' },
]

describe('readVideoBody', () => {
  it.each(BODIES)('reads $name', ({ hex, body, kind }) => {
    expect(readVideoBody(bytes(hex))).toStrictEqual(body)
    expect(videoKind(bytes(hex))).toBe(kind)
  })

  it.each([
    ['Sorenson H.263', '22 000084'],
    ['On2 VP6', '14 00'],
    ['HEVC as codec id 12', '1c 00000000'],
    ['codec id 9', '19 00'],
    // ffmpeg 7.1, 9.0, OBS 32.2
    ['hvc1', '90 68766331 0101'],
    ['av01', '91 61763031 0a0e'],
    ['vp09', '90 76703039 01'],
    ['av01', 'a2 61763031'],
    ['without FourCC', '90 6876'],
    ['\\x00\\x00\\x00\\x01', '90 00000001'],
    ['av01', 'f7 02 000000 01 61763031'], // ModEx with a nanosecond offset before CodedFrames
    ['without FourCC', '97 ff ffff'],
    ['without FourCC', '97'],
  ])('refuses the codec %s', (codecName, hex) => {
    expect(readVideoBody(bytes(hex))).toMatchObject({
      type: 'unsupported',
      codecName,
      reason: expect.stringContaining(codecName),
      supplementary: false,
    })
    expect(videoKind(bytes(hex))).toBe('other')
  })

  it.each([
    ['ffmpeg 9.0: colour metadata', 'd4 68766331 020009 636f6c6f72496e666f', 'hvc1'],
    ['ffmpeg 9.0: a further track', '96 00 68766331 01 01', 'hvc1'],
    ['OBS 32.2: a further track', 'a6 02 61766331 01', 'avc1'],
    ['reserved H.264 packet', '17 03 000000', 'reserved H.264 packet'],
  ])('tells what may be dropped: %s', (_name, hex, codecName) => {
    expect(readVideoBody(bytes(hex))).toMatchObject({ type: 'unsupported', codecName, supplementary: true })
    expect(videoKind(bytes(hex))).toBe('other')
  })

  it.each(['17', '17 00', '27 01 0000', '17 00 0000'])('throws for a header that is cut short: %s', (hex) => {
    expect(() => readVideoBody(bytes(hex))).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'flv.video.truncated' }),
    )
    expect(videoKind(bytes(hex))).toBe('other')
  })

  it('gives views', () => {
    const payload = bytes('27 01 000000 01020304').subarray(0, 7)
    const body = readVideoBody(payload)
    const data = body.type === 'frame' ? body.data : new Uint8Array()
    expect(toHex(data)).toBe('0102')
    expect(data.buffer).toBe(payload.buffer)
  })
})
