import { describe, expect, it } from 'vitest'
import type { AudioBody, AudioKind } from './audio-body.ts'
import { audioKind, readAudioBody } from './read-audio-body.ts'

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
}

/** Configs and frames stood in RTMP streams of OBS 29, ffmpeg 5.1.9 and GStreamer 1.22. */
const BODIES: readonly {
  readonly name: string
  readonly hex: string
  readonly body: AudioBody
  readonly kind: AudioKind
}[] = [
  {
    name: 'OBS: sequence header',
    hex: 'af 00 119056e500',
    body: { type: 'config', codec: 'aac', record: bytes('119056e500') },
    kind: 'config',
  },
  {
    name: 'a sequence header whose flags say mono',
    hex: 'a0 00 1210',
    body: { type: 'config', codec: 'aac', record: bytes('1210') },
    kind: 'config',
  },
  {
    name: 'a sequence header without a config',
    hex: 'af 00',
    body: { type: 'config', codec: 'aac', record: bytes('') },
    kind: 'config',
  },
  {
    name: 'GStreamer: frame',
    hex: 'af 01 21200520a41bd180',
    body: { type: 'frame', codec: 'aac', nanoseconds: 0, data: bytes('21200520a41bd180') },
    kind: 'frame',
  },
  { name: 'Flash: no bytes', hex: '', body: { type: 'silence' }, kind: 'other' },
  { name: 'header without a frame', hex: 'af 01', body: { type: 'silence' }, kind: 'other' },
  {
    name: 'MP3',
    hex: '2f fffb90',
    body: { type: 'frame', codec: 'mp3', nanoseconds: 0, data: bytes('fffb90') },
    kind: 'frame',
  },
  {
    name: 'MP3 at 8 kHz',
    hex: 'e2 ffe3',
    body: { type: 'frame', codec: 'mp3', nanoseconds: 0, data: bytes('ffe3') },
    kind: 'frame',
  },
  { name: 'MP3 without a frame', hex: '2f', body: { type: 'silence' }, kind: 'other' },
]

const STREAMINFO = '1000 1000 000010 000a2f 0bb802f0 00000000 00112233445566778899aabbccddeeff'

/** Bodies with a FourCC. */
const ENHANCED: typeof BODIES = [
  {
    name: 'ffmpeg 9.0: Opus configuration',
    hex: '90 4f707573 4f70757348656164 0101380180bb0000000000',
    body: { type: 'config', codec: 'opus', record: bytes('4f70757348656164 0101380180bb0000000000') },
    kind: 'config',
  },
  {
    name: 'Opus configuration that leaves it to the channel layout',
    hex: '90 4f707573',
    body: { type: 'config', codec: 'opus', record: bytes('') },
    kind: 'config',
  },
  {
    name: 'Opus packet',
    hex: '91 4f707573 fcfffe',
    body: { type: 'frame', codec: 'opus', nanoseconds: 0, data: bytes('fcfffe') },
    kind: 'frame',
  },
  {
    name: 'ffmpeg 9.0: FLAC configuration, STREAMINFO alone',
    hex: `90 664c6143 ${STREAMINFO}`,
    body: { type: 'config', codec: 'flac', record: bytes(STREAMINFO) },
    kind: 'config',
  },
  {
    name: 'FLAC configuration as specified',
    hex: `90 664c6143 664c6143 80000022 ${STREAMINFO}`,
    body: { type: 'config', codec: 'flac', record: bytes(STREAMINFO) },
    kind: 'config',
  },
  {
    name: 'FLAC configuration that begins with another block, left as it is',
    hex: '90 664c6143 664c6143 84000002 0000',
    body: { type: 'config', codec: 'flac', record: bytes('664c6143 84000002 0000') },
    kind: 'config',
  },
  {
    name: 'FLAC frame',
    hex: '91 664c6143 fff8',
    body: { type: 'frame', codec: 'flac', nanoseconds: 0, data: bytes('fff8') },
    kind: 'frame',
  },
  {
    name: 'ffmpeg 9.0: AC-3 configuration, empty',
    hex: '90 61632d33',
    body: { type: 'config', codec: 'ac3', record: bytes('') },
    kind: 'config',
  },
  {
    name: 'AC-3 frame',
    hex: '91 61632d33 0b77',
    body: { type: 'frame', codec: 'ac3', nanoseconds: 0, data: bytes('0b77') },
    kind: 'frame',
  },
  {
    name: 'E-AC-3 frame with nanoseconds',
    hex: '97 02 000001 01 65632d33 0b77',
    body: { type: 'frame', codec: 'eac3', nanoseconds: 1, data: bytes('0b77') },
    kind: 'frame',
  },
  {
    name: 'MP3 frame',
    hex: '91 2e6d7033 fffb',
    body: { type: 'frame', codec: 'mp3', nanoseconds: 0, data: bytes('fffb') },
    kind: 'frame',
  },
  {
    name: 'AAC configuration behind a modifier',
    hex: '97 00 ff 10 6d703461 1190',
    body: { type: 'config', codec: 'aac', record: bytes('1190') },
    kind: 'config',
  },
  { name: 'end', hex: '92 4f707573', body: { type: 'end', codec: 'opus' }, kind: 'other' },
  { name: 'no sound', hex: '91 4f707573', body: { type: 'silence' }, kind: 'other' },
  {
    name: 'ffmpeg 9.0: channel layout of AAC in legacy messages',
    hex: '94 6d703461 01 06 0000060f',
    body: { type: 'channels', codec: 'aac', layout: { order: 'native', channels: 6, mask: 0x60f } },
    kind: 'other',
  },
  {
    name: 'OBS 32.2: a further track',
    hex: '95 00 6d703461 01 1190',
    body: {
      type: 'multitrack',
      tracks: [{ trackId: 1, body: { type: 'config', codec: 'aac', record: bytes('1190') } }],
    },
    kind: 'other',
  },
]

describe('readAudioBody', () => {
  it.each([...BODIES, ...ENHANCED])('reads $name', ({ hex, body, kind }) => {
    expect(readAudioBody(bytes(hex))).toStrictEqual(body)
    expect(audioKind(bytes(hex))).toBe(kind)
  })

  it.each([
    ['Speex', 'b2 00'],
    ['Nellymoser', '62 00'],
    ['Nellymoser 8 kHz', '52 00'],
    ['G.711 A-law', '72 00'],
    ['sound format 13', 'd0 00'],
    ['spex', '90 73706578'],
    ['spex', '97 02 000000 01 73706578'],
  ])('refuses the format %s', (codecName, hex) => {
    expect(readAudioBody(bytes(hex))).toMatchObject({
      type: 'unsupported',
      codecName,
      reason: expect.stringContaining(codecName),
      supplementary: false,
    })
    expect(audioKind(bytes(hex))).toBe('other')
  })

  it.each([
    ['a reserved packet', '93 6d703461', 'reserved audio packet'],
    ['a reserved channel order', '94 6d703461 03 02', 'reserved channel order'],
    ['the channel layout of an unknown codec', '94 73706578 00 02', 'spex'],
    ['a kind of multitrack that nobody knows', '95 f1 6d703461 00', 'multitrack kind 15'],
    ['a reserved AAC packet', 'af 02 00', 'reserved AAC packet'],
  ])('tells what may be dropped: %s', (_name, hex, codecName) => {
    expect(readAudioBody(bytes(hex))).toMatchObject({ type: 'unsupported', codecName, supplementary: true })
  })

  it('recognises Opus that OBS 32.2 sends as AAC', () => {
    // obs-32.2-opus-mislabelled: the first audio message, and a frame, which nothing tells from AAC.
    for (const head of ['af 00', '90 6d703461', '97 00 ff 10 6d703461']) {
      const mislabelled = bytes(`${head} 4f70757348656164 0102380180bb0000000000`)
      expect(readAudioBody(mislabelled)).toStrictEqual({
        type: 'unsupported',
        reason: 'Opus sound in messages that say AAC (an OpusHead as AudioSpecificConfig)',
        codecName: 'Opus',
        supplementary: false,
      })
      expect(audioKind(mislabelled)).toBe('other')
    }
    expect(readAudioBody(bytes('af 01 fcfffe'))).toMatchObject({ type: 'frame', codec: 'aac' })
  })

  it.each([
    ...[
      'af',
      '90',
      '90 4f7075',
      '94 6d703461',
      '94 6d703461 00',
      '94 6d703461 01 06 0000',
      '94 6d703461 02 02 00',
    ],
    ...['95', '95 00', '95 00 6d7034', '95 00 6d703461', '97 00', '97 00 ff 11'],
  ])('throws for a header that is cut short: %s', (hex) => {
    expect(() => readAudioBody(bytes(hex))).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'flv.audio.truncated' }),
    )
    expect(audioKind(bytes(hex))).toBe('other')
  })
})
