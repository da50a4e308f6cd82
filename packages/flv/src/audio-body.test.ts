import { describe, expect, it } from 'vitest'
import { type AudioKind, audioKind, readAudioBody } from './audio-body.ts'

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
}

/** Configs and frames stood in RTMP streams of OBS 29, ffmpeg 5.1.9 and GStreamer 1.22. */
const BODIES: readonly {
  readonly name: string
  readonly hex: string
  readonly body: Readonly<Record<string, unknown>>
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
    body: { type: 'frame', codec: 'aac', data: bytes('21200520a41bd180') },
    kind: 'frame',
  },
  { name: 'Flash: no bytes', hex: '', body: { type: 'silence' }, kind: 'other' },
  { name: 'header without a frame', hex: 'af 01', body: { type: 'silence' }, kind: 'other' },
]

describe('readAudioBody', () => {
  it.each(BODIES)('reads $name', ({ hex, body, kind }) => {
    expect(readAudioBody(bytes(hex))).toStrictEqual(body)
    expect(audioKind(bytes(hex))).toBe(kind)
  })

  it.each([
    ['MP3', '2f fffb'],
    ['Speex', 'b2 00'],
    ['Nellymoser', '62 00'],
    ['Nellymoser 8 kHz', '52 00'],
    ['G.711 A-law', '72 00'],
    ['sound format 13', 'd0 00'],
    // ffmpeg 9.0
    ['Opus', '90 4f707573 4f70757348656164'],
    ['fLaC', '91 664c6143 fff8'],
    ['ac-3', '90 61632d33'],
    ['Opus', '97 02 000000 01 4f707573'],
    ['without FourCC', '90'],
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
    ['ffmpeg 9.0: channel layout', '94 6d703461 01 06 0000060f', 'mp4a'],
    ['OBS 32.2: a further track', '95 00 6d703461 01 119056e500', 'mp4a'],
    ['a reserved AAC packet', 'af 02 00', 'reserved AAC packet'],
  ])('tells what may be dropped: %s', (_name, hex, codecName) => {
    expect(readAudioBody(bytes(hex))).toMatchObject({ type: 'unsupported', codecName, supplementary: true })
  })

  it('recognises Opus that OBS 32.2 sends as AAC', () => {
    // obs-32.2-opus-mislabelled: the first audio message, and a frame, which nothing tells from AAC.
    expect(readAudioBody(bytes('af 00 4f70757348656164 0102380180bb0000000000'))).toStrictEqual({
      type: 'unsupported',
      reason: 'Opus sound in messages that say AAC (an OpusHead as AudioSpecificConfig)',
      codecName: 'Opus',
      supplementary: false,
    })
    expect(readAudioBody(bytes('af 01 fcfffe'))).toMatchObject({ type: 'frame', codec: 'aac' })
  })

  it('throws for a header that is cut short', () => {
    expect(() => readAudioBody(bytes('af'))).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'flv.audio.truncated' }),
    )
  })
})
