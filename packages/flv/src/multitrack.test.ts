import { concatBytes } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { audioTrackHead } from './enhanced-audio.ts'
import { videoTrackHead } from './enhanced-video.ts'
import { readAudioBody } from './read-audio-body.ts'
import { readVideoBody } from './read-video-body.ts'

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
}

describe('multitrack', () => {
  it('reads one track, whose body goes to the end', () => {
    expect(readVideoBody(bytes('96 01 68766331 07 000028 0000'))).toStrictEqual({
      type: 'multitrack',
      tracks: [
        {
          trackId: 7,
          body: {
            type: 'frame',
            codec: 'hevc',
            keyframe: true,
            compositionOffset: 40,
            nanoseconds: 0,
            data: bytes('0000'),
          },
        },
      ],
    })
  })

  it('reads several tracks of one codec', () => {
    expect(readAudioBody(bytes('95 10 6d703461 00 000002 1190 01 000000 ff 000002 1210'))).toStrictEqual({
      type: 'multitrack',
      tracks: [
        { trackId: 0, body: { type: 'config', codec: 'aac', record: bytes('1190') } },
        { trackId: 1, body: { type: 'config', codec: 'aac', record: bytes('') } },
        { trackId: 255, body: { type: 'config', codec: 'aac', record: bytes('1210') } },
      ],
    })
  })

  it('reads several tracks of several codecs, each as far as its size', () => {
    expect(readVideoBody(bytes('a6 21 61763031 00 000002 3200 61766331 01 000004 ffffd8 65'))).toMatchObject({
      tracks: [
        { trackId: 0, body: { type: 'frame', codec: 'av1', keyframe: false, data: bytes('3200') } },
        { trackId: 1, body: { type: 'frame', codec: 'h264', compositionOffset: -40, data: bytes('65') } },
      ],
    })
  })

  it('has tracks without a picture, and none at all', () => {
    expect(readVideoBody(bytes('a6 21 61763031 02 000000'))).toStrictEqual({
      type: 'multitrack',
      tracks: [{ trackId: 2, body: { type: 'empty' } }],
    })
    expect(readVideoBody(bytes('96 20'))).toStrictEqual({ type: 'multitrack', tracks: [] })
  })

  it('gives the nanoseconds of the message to each of its tracks', () => {
    expect(readAudioBody(bytes('97 02 00000a 05 11 4f707573 01 000001 fc 02 000001 fd'))).toMatchObject({
      tracks: [
        { trackId: 1, body: { nanoseconds: 10 } },
        { trackId: 2, body: { nanoseconds: 10 } },
      ],
    })
  })

  it('holds metadata and channel layouts of tracks', () => {
    expect(readVideoBody(bytes('96 04 76703039 01 02 0009 636f6c6f72496e666f 06'))).toStrictEqual({
      type: 'multitrack',
      tracks: [
        {
          trackId: 1,
          body: { type: 'metadata', codec: 'vp9', properties: new Map([['colorInfo', undefined]]) },
        },
      ],
    })
    expect(readAudioBody(bytes('95 14 4f707573 01 000006 01 01 00000004'))).toMatchObject({
      tracks: [{ body: { type: 'channels', layout: { order: 'native', channels: 1, mask: 4 } } }],
    })
  })

  it('has unsupported tracks: the further ones may be dropped', () => {
    expect(
      readVideoBody(bytes('a6 20 76766331 00 000000 76766331 01 000000 61763031 02 000001 81')),
    ).toMatchObject({
      tracks: [
        { trackId: 0, body: { type: 'unsupported', codecName: 'vvc1', supplementary: false } },
        { trackId: 1, body: { type: 'unsupported', codecName: 'vvc1', supplementary: true } },
        { trackId: 2, body: { type: 'config', codec: 'av1' } },
      ],
    })
    expect(readAudioBody(bytes('95 07 6d703461 01'))).toMatchObject({
      tracks: [{ body: { type: 'unsupported', codecName: 'reserved audio packet', supplementary: true } }],
    })
  })

  it.each([
    ['flv.video.nested_multitrack', '96 06 61763031 01'],
    ['flv.video.nested_multitrack', '96 26 61763031 01 000000'],
    ['flv.video.bad_track_size', '96 11 61763031 01 000003 3200'],
    ['flv.video.bad_track_size', '96 21 61763031 01 ffffff'],
    ['flv.video.truncated', '96'],
    ['flv.video.truncated', '96 01 617630'],
    ['flv.video.truncated', '96 01 61763031'],
    ['flv.video.truncated', '96 11 61763031 01 0000'],
    ['flv.video.truncated', '96 21 61763031'],
    ['flv.video.truncated', '96 21 61763031 01 000001 32 6176'],
    ['flv.video.truncated', '96 11 68766331 01 000002 0000'],
    ['flv.video.bad_metadata', '94 61763031 03 000009 06'],
    ['flv.video.bad_nanoseconds', '97 02 0f4240 01 61763031 32'],
    ['flv.video.bad_nanoseconds', '97 01 0000 01 61763031 32'],
    ['core.bytes.truncated', '94 61763031 02 0009 63'],
  ])('throws %s for %s', (code, hex) => {
    expect(() => readVideoBody(bytes(hex))).toThrow(expect.objectContaining({ name: 'ProtocolError', code }))
  })

  it.each([
    ['flv.audio.nested_multitrack', '95 15 6d703461'],
    ['flv.audio.bad_track_size', '95 11 6d703461 01 000001'],
  ])('throws %s for %s', (code, hex) => {
    expect(() => readAudioBody(bytes(hex))).toThrow(expect.objectContaining({ name: 'ProtocolError', code }))
  })

  it('has as many tracks as there are ids', () => {
    const tracks = (count: number): Uint8Array => bytes(`95 11 6d703461 ${'00 000000'.repeat(count)}`)
    expect(readAudioBody(tracks(256))).toMatchObject({ type: 'multitrack' })
    expect(() => readAudioBody(tracks(257))).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'flv.audio.too_many_tracks' }),
    )
  })

  it.each([
    { codec: 'h264', keyframe: true, compositionOffset: -40 },
    { codec: 'hevc', keyframe: false, compositionOffset: 0 },
    { codec: 'av1', keyframe: true, compositionOffset: 0 },
    { codec: 'vp9', keyframe: false, compositionOffset: 0 },
  ] as const)('is written as a head before the picture: $codec', (picture) => {
    const frame = { type: 'frame', ...picture } as const
    const data = bytes('0000000165')
    expect(readVideoBody(concatBytes([videoTrackHead(255, frame), data]))).toStrictEqual({
      type: 'multitrack',
      tracks: [{ trackId: 255, body: { ...frame, nanoseconds: 0, data } }],
    })
  })

  it('is written as a head before the sound', () => {
    const data = bytes('fc01')
    expect(readAudioBody(concatBytes([audioTrackHead(1, 'opus'), data]))).toStrictEqual({
      type: 'multitrack',
      tracks: [{ trackId: 1, body: { type: 'frame', codec: 'opus', nanoseconds: 0, data } }],
    })
  })

  it('has no place for a composition offset of a codec without one', () => {
    const frame = { type: 'frame', codec: 'av1', keyframe: true, compositionOffset: 40 } as const
    expect(() => videoTrackHead(1, frame)).toThrow(expect.objectContaining({ code: 'flv.video.unwritable' }))
  })
})
