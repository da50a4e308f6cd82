import { AmfObject, type AmfValue } from '@sluice/amf'
import { toHex } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { readVideoBody, videoKind } from './read-video-body.ts'
import type { VideoBody, VideoFrameBody, VideoKind } from './video-body.ts'

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
}

/** A frame of H.264 with one byte, or what is said of it. */
function frame(differences: Partial<VideoFrameBody>): VideoFrameBody {
  const plain = { keyframe: false, compositionOffset: 0, nanoseconds: 0, data: bytes('00') }
  return { type: 'frame', codec: 'h264', ...plain, ...differences }
}

/** Bodies with a codec id. The first ones stood in RTMP streams of OBS 32.2 and ffmpeg 5.1.9. */
const BODIES: readonly {
  readonly name: string
  readonly hex: string
  readonly body: VideoBody
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
      nanoseconds: 0,
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
      nanoseconds: 0,
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
      nanoseconds: 0,
      data: bytes('00000002419a'),
    },
    kind: 'frame',
  },
  {
    name: 'frame with the lowest composition time',
    hex: '27 01 800000 00',
    body: frame({ compositionOffset: -8_388_608 }),
    kind: 'frame',
  },
  {
    name: 'frame with the highest composition time',
    hex: '27 01 7fffff 00',
    body: frame({ compositionOffset: 8_388_607 }),
    kind: 'frame',
  },
  {
    name: 'keyframe made by a server',
    hex: '47 01 000000 00',
    body: frame({ keyframe: true }),
    kind: 'keyframe',
  },
  {
    name: 'HEVC by codec id: sequence header',
    hex: '1c 00 000000 0101',
    body: { type: 'config', codec: 'hevc', record: bytes('0101') },
    kind: 'config',
  },
  {
    name: 'HEVC by codec id: frame',
    hex: '2c 01 ffffd8 00',
    body: frame({ codec: 'hevc', compositionOffset: -40 }),
    kind: 'frame',
  },
  { name: 'HEVC by codec id: end', hex: '1c 02 000000', body: { type: 'end', codec: 'hevc' }, kind: 'other' },
  { name: 'end of sequence', hex: '17 02 000000', body: { type: 'end', codec: 'h264' }, kind: 'other' },
  { name: 'short end of sequence', hex: '17 02', body: { type: 'end', codec: 'h264' }, kind: 'other' },
  { name: 'seek command', hex: '57 00', body: { type: 'command' }, kind: 'other' },
  { name: 'seek command beside H.263', hex: '52 01', body: { type: 'command' }, kind: 'other' },
  { name: 'no bytes', hex: '', body: { type: 'empty' }, kind: 'other' },
  { name: 'header without NAL units', hex: '27 01 000000', body: { type: 'empty' }, kind: 'other' },
]

/** Bodies with a FourCC. */
const ENHANCED: typeof BODIES = [
  {
    name: 'ffmpeg 7.1: HEVC configuration',
    hex: '90 68766331 0101',
    body: { type: 'config', codec: 'hevc', record: bytes('0101') },
    kind: 'config',
  },
  {
    name: 'HEVC keyframe with a composition time',
    hex: '91 68766331 000050 00',
    body: frame({ codec: 'hevc', keyframe: true, compositionOffset: 80 }),
    kind: 'keyframe',
  },
  {
    name: 'HEVC frame with a negative composition time',
    hex: 'a1 68766331 ffffd8 00',
    body: frame({ codec: 'hevc', compositionOffset: -40 }),
    kind: 'frame',
  },
  {
    name: 'HEVC frame without a composition time',
    hex: 'a3 68766331 00',
    body: frame({ codec: 'hevc' }),
    kind: 'frame',
  },
  {
    name: 'H.264 configuration',
    hex: '90 61766331 0142',
    body: { type: 'config', codec: 'h264', record: bytes('0142') },
    kind: 'config',
  },
  {
    name: 'H.264 keyframe made by a server',
    hex: 'c3 61766331 00',
    body: frame({ keyframe: true }),
    kind: 'keyframe',
  },
  {
    name: 'ffmpeg 9.0: AV1 configuration',
    hex: '90 61763031 81000c00 0a0b020000051da7ec805f0008',
    body: { type: 'config', codec: 'av1', record: bytes('81000c00 0a0b020000051da7ec805f0008') },
    kind: 'config',
  },
  {
    name: 'AV1 temporal unit, which has no composition time',
    hex: '91 61763031 0a0b00',
    body: frame({ codec: 'av1', keyframe: true, data: bytes('0a0b00') }),
    kind: 'keyframe',
  },
  {
    name: 'AV1 temporal unit with a temporal delimiter',
    hex: 'a1 61763031 1200 3200',
    body: frame({ codec: 'av1', data: bytes('3200') }),
    kind: 'frame',
  },
  {
    name: 'AV1 temporal delimiter alone',
    hex: 'a1 61763031 1200',
    body: { type: 'empty' },
    kind: 'other',
  },
  {
    name: 'AV1 as CodedFramesX',
    hex: 'a3 61763031 3200',
    body: frame({ codec: 'av1', data: bytes('3200') }),
    kind: 'frame',
  },
  {
    name: 'ffmpeg 9.0: VP9 configuration with version and flags',
    hex: '90 76703039 01000000 000a820202020000',
    body: { type: 'config', codec: 'vp9', record: bytes('000a820202020000') },
    kind: 'config',
  },
  {
    name: 'VP9 configuration without version and flags, as the letter has it',
    hex: '90 76703039 000a820202020000',
    body: { type: 'config', codec: 'vp9', record: bytes('000a820202020000') },
    kind: 'config',
  },
  {
    name: 'VP9 frame',
    hex: 'a1 76703039 1200',
    body: frame({ codec: 'vp9', data: bytes('1200') }),
    kind: 'frame',
  },
  {
    name: 'VP8 configuration, which says nothing',
    hex: '90 76703038 01000000 000b820202020000',
    body: { type: 'config', codec: 'vp8', record: bytes('') },
    kind: 'config',
  },
  {
    name: 'VP8 keyframe',
    hex: '91 76703038 00',
    body: frame({ codec: 'vp8', keyframe: true }),
    kind: 'keyframe',
  },
  { name: 'AV1 end', hex: '92 61763031', body: { type: 'end', codec: 'av1' }, kind: 'other' },
  { name: 'no picture', hex: '91 76703039', body: { type: 'empty' }, kind: 'other' },
  { name: 'composition time alone', hex: '91 68766331 000000', body: { type: 'empty' }, kind: 'other' },
  { name: 'command without FourCC', hex: 'd0 00', body: { type: 'command' }, kind: 'other' },
  {
    name: 'command that looks like a frame',
    hex: 'd1 01 61763031 3200',
    body: { type: 'command' },
    kind: 'other',
  },
  { name: 'command instead of several tracks', hex: 'd6 00', body: { type: 'command' }, kind: 'other' },
  { name: 'command behind a modifier', hex: 'd7 00 ff 11 00', body: { type: 'command' }, kind: 'other' },
  {
    name: 'ffmpeg 7.1: colour metadata in a message that says command',
    hex: 'd4 68766331 02 0009 636f6c6f72496e666f 03 000b 636f6c6f72436f6e666967 03 000009 000009',
    body: {
      type: 'metadata',
      codec: 'hevc',
      properties: new Map([['colorInfo', AmfObject.of({ colorConfig: AmfObject.of({}) })]]),
    },
    kind: 'other',
  },
  {
    name: 'metadata of several names, the last one without a value',
    hex: '94 61763031 02 0001 61 00 3ff0000000000000 02 0001 62 05 02 0001 63',
    body: {
      type: 'metadata',
      codec: 'av1',
      properties: new Map<string, AmfValue>([
        ['a', 1],
        ['b', null],
        ['c', undefined],
      ]),
    },
    kind: 'other',
  },
  {
    name: 'nanoseconds before a keyframe',
    hex: '97 02 0f423f 03 68766331 00',
    body: frame({ codec: 'hevc', keyframe: true, nanoseconds: 999_999 }),
    kind: 'keyframe',
  },
  {
    name: 'an unknown modifier before a configuration',
    hex: '97 00 ff 10 61763031 81',
    body: { type: 'config', codec: 'av1', record: bytes('81') },
    kind: 'config',
  },
  {
    name: 'OBS 32.2: a further track',
    hex: 'a6 03 61766331 01 00',
    body: { type: 'multitrack', tracks: [{ trackId: 1, body: frame({}) }] },
    kind: 'other',
  },
]

describe('readVideoBody', () => {
  it.each([...BODIES, ...ENHANCED])('reads $name', ({ hex, body, kind }) => {
    expect(readVideoBody(bytes(hex))).toStrictEqual(body)
    expect(videoKind(bytes(hex))).toBe(kind)
  })

  it.each([
    ['Sorenson H.263', '22 000084'],
    ['On2 VP6', '14 00'],
    ['codec id 9', '19 00'],
    ['AV1 as codec id 13', '1d 00000000'],
    ['vvc1', '90 76766331 00'],
    ['vvc1', 'a1 76766331 000000 00'],
    ['\\x00\\x00\\x00\\x01', '90 00000001'],
    ['vvc1', 'f7 02 000000 01 76766331'],
    ['MPEG-2 TS', '95 61763031 8006'],
  ])('refuses the codec %s', (codecName, hex) => {
    expect(readVideoBody(bytes(hex))).toMatchObject({
      type: 'unsupported',
      codecName: expect.stringContaining(codecName),
      reason: expect.stringContaining(codecName),
      supplementary: false,
    })
    expect(videoKind(bytes(hex))).toBe('other')
  })

  it.each([
    ['a reserved packet of H.264', '17 03 000000', 'reserved h264 packet'],
    ['a reserved packet', '98 61763031 00', 'reserved video packet'],
    ['metadata of an unknown codec', '94 76766331 03', 'vvc1'],
    ['metadata without a value', '94 61763031 0d', 'video metadata'],
    ['a kind of multitrack that nobody knows', '96 31 61763031 00', 'multitrack kind 3'],
  ])('tells what may be dropped: %s', (_name, hex, codecName) => {
    expect(readVideoBody(bytes(hex))).toMatchObject({ type: 'unsupported', codecName, supplementary: true })
    expect(videoKind(bytes(hex))).toBe('other')
  })

  it.each([
    ...['17', '17 00', '27 01 0000', '17 00 0000', '1c 00 0000'],
    ...['90', '90 617630', '91 68766331', '91 68766331 0000'],
    ...['97', '97 00', '97 00 ff', '97 00 ff 11', '97 ff ff', '97 ff 0000 ff', '97 05 000000 11 61763031'],
  ])('throws for a header that is cut short: %s', (hex) => {
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
