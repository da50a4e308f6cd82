import { ProtocolError } from '@sluice/core'
import { readEnhancedBodyHeader } from './fourcc.ts'
import type { UnsupportedBody } from './unsupported-body.ts'

/** Audio codecs whose bodies are read, in FFmpeg's spelling. */
export type FlvAudioCodec = 'aac'

/** A decoder configuration: applies to the frames behind it. May repeat, unchanged or new. */
export interface AudioConfigBody {
  readonly type: 'config'
  readonly codec: FlvAudioCodec
  /** AAC: an AudioSpecificConfig. A view of the payload, not looked into. */
  readonly record: Uint8Array
}

/** One frame. */
export interface AudioFrameBody {
  readonly type: 'frame'
  readonly codec: FlvAudioCodec
  /** AAC: a raw_data_block without ADTS, at least one byte. A view of the payload. */
  readonly data: Uint8Array
}

/** A message without sound in it: no bytes at all, or an AAC header with nothing behind. Legal; seen from Flash. */
export interface AudioSilenceBody {
  readonly type: 'silence'
}

export type AudioBody = AudioConfigBody | AudioFrameBody | AudioSilenceBody | UnsupportedBody

const FORMAT_AAC = 10
const FORMAT_ENHANCED = 9
const AAC_SEQUENCE_HEADER = 0
const AAC_RAW = 1
/** Sound format, packet type. */
const AAC_HEADER_SIZE = 2
const ENHANCED_MULTICHANNEL_CONFIG = 4
const ENHANCED_MULTITRACK = 5

/** SoundFormat values that are not AAC (FLV v10.1 Annex E.4.2.1). */
const LEGACY_FORMATS: Readonly<Record<number, string>> = {
  0: 'PCM',
  1: 'ADPCM',
  2: 'MP3',
  3: 'PCM little-endian',
  4: 'Nellymoser 16 kHz',
  5: 'Nellymoser 8 kHz',
  6: 'Nellymoser',
  7: 'G.711 A-law',
  8: 'G.711 mu-law',
  11: 'Speex',
  14: 'MP3 8 kHz',
  15: 'device-specific sound',
}

/** "OpusHead": the identification header of Ogg Opus (RFC 7845 §5.1). */
const OPUS_HEAD: readonly number[] = [0x4f, 0x70, 0x75, 0x73, 0x48, 0x65, 0x61, 0x64]

const SILENCE: AudioSilenceBody = Object.freeze({ type: 'silence' })

/**
 * Reads the body of an audio message (FLV tag type 8, RTMP message type 8). Rate, size and channel bits of
 * an AAC tag mean nothing and are not looked at.
 *
 * OBS 32 can send Opus in tags that say AAC. Its configuration is recognised (`unsupported`, codecName
 * `Opus`); its frames look like any others, so whoever reads on must remember that no AAC configuration came.
 *
 * @returns byte arrays in it are views of `payload`.
 * @throws {ProtocolError} `flv.audio.truncated` when an AAC header is cut short.
 * @see FLV v10.1 Annex E.4.2.1, E.4.2.2
 */
export function readAudioBody(payload: Uint8Array): AudioBody {
  const first = payload[0]
  if (first === undefined) return SILENCE
  const format = first >> 4
  if (format === FORMAT_ENHANCED) return enhancedBody(payload)
  if (format !== FORMAT_AAC) return unsupportedFormat(format)
  const packetType = payload[1]
  if (packetType === AAC_RAW) {
    if (payload.length === AAC_HEADER_SIZE) return SILENCE
    return { type: 'frame', codec: 'aac', data: payload.subarray(AAC_HEADER_SIZE) }
  }
  if (packetType === AAC_SEQUENCE_HEADER) {
    const record = payload.subarray(AAC_HEADER_SIZE)
    return startsWithOpusHead(record) ? MISLABELLED_OPUS : { type: 'config', codec: 'aac', record }
  }
  if (packetType === undefined) {
    throw new ProtocolError(
      'flv.audio.truncated',
      `an AAC audio message of ${payload.length} byte, its header alone has ${AAC_HEADER_SIZE}`,
      { details: { size: payload.length }, spec: 'FLV v10.1 Annex E.4.2.1' },
    )
  }
  return unsupported(`AAC packet type ${packetType} is reserved`, 'reserved AAC packet', true)
}

/** What an audio message is, told without making anything. */
export type AudioKind = 'config' | 'frame' | 'other'

/**
 * Peeks at an audio body. Agrees with `readAudioBody`, except that mislabelled Opus counts as `config`;
 * `other` is silence, what is not handled, and what `readAudioBody` would throw at.
 */
export function audioKind(payload: Uint8Array): AudioKind {
  const first = payload[0]
  if (first === undefined || first >> 4 !== FORMAT_AAC) return 'other'
  const packetType = payload[1]
  if (packetType === AAC_SEQUENCE_HEADER) return 'config'
  return packetType === AAC_RAW && payload.length > AAC_HEADER_SIZE ? 'frame' : 'other'
}

const MISLABELLED_OPUS: UnsupportedBody = Object.freeze(
  unsupported('Opus sound in messages that say AAC (an OpusHead as AudioSpecificConfig)', 'Opus', false),
)

function startsWithOpusHead(record: Uint8Array): boolean {
  return record.length >= OPUS_HEAD.length && OPUS_HEAD.every((byte, i) => record[i] === byte)
}

function enhancedBody(payload: Uint8Array): UnsupportedBody {
  const { packetType, multitrack, fourCc } = readEnhancedBodyHeader(payload, ENHANCED_MULTITRACK)
  const layout = packetType === ENHANCED_MULTICHANNEL_CONFIG
  const what = layout ? 'channel layout of' : multitrack ? 'multitrack audio' : 'audio'
  const codecName = fourCc ?? 'without FourCC'
  return unsupported(`Enhanced RTMP ${what} ${codecName} is not handled`, codecName, layout || multitrack)
}

function unsupportedFormat(format: number): UnsupportedBody {
  const name = LEGACY_FORMATS[format] ?? `sound format ${format}`
  return unsupported(`sound format ${name} is not handled, only AAC`, name, false)
}

function unsupported(reason: string, codecName: string, supplementary: boolean): UnsupportedBody {
  return { type: 'unsupported', reason, codecName, supplementary }
}
