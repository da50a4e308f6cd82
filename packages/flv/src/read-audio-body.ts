import { ProtocolError } from '@sluice/core'
import { AUDIO_SILENCE, type AudioBody, type AudioKind } from './audio-body.ts'
import { ENHANCED_AUDIO, enhancedAudioKind, readEnhancedAudio } from './enhanced-audio.ts'
import { MODIFIER_PACKET_TYPE } from './enhanced-header.ts'
import { isMislabelledOpus, MISLABELLED_OPUS } from './mislabelled-opus.ts'
import { type UnsupportedBody, unsupported } from './unsupported-body.ts'

const FORMAT_MP3 = 2
const FORMAT_AAC = 10
const FORMAT_MP3_8_KHZ = 14
const AAC_SEQUENCE_HEADER = 0
const AAC_RAW = 1
/** Sound format, packet type. */
const AAC_HEADER_SIZE = 2
/** Sound format. */
const MP3_HEADER_SIZE = 1

/** SoundFormat values that are not read (FLV v10.1 Annex E.4.2.1). */
const LEGACY_FORMATS: Readonly<Record<number, string>> = {
  0: 'PCM',
  1: 'ADPCM',
  3: 'PCM little-endian',
  4: 'Nellymoser 16 kHz',
  5: 'Nellymoser 8 kHz',
  6: 'Nellymoser',
  7: 'G.711 A-law',
  8: 'G.711 mu-law',
  11: 'Speex',
  15: 'device-specific sound',
}

/**
 * Reads the body of an audio message (FLV tag type 8, RTMP message type 8): AAC and MP3 by sound format, and
 * everything that Enhanced RTMP sends by FourCC. Rate, size and channel bits mean nothing for AAC, ffmpeg
 * sets wrong ones for MP3, and nobody looks at them.
 *
 * OBS 32 can send Opus in tags that say AAC. Its configuration is recognised (`unsupported`, codecName
 * `Opus`); its frames look like any others, so whoever reads on must remember that no AAC configuration came.
 *
 * @returns byte arrays in it are views of `payload`.
 * @throws {ProtocolError} `flv.audio.truncated` when a header is cut short; `flv.audio.bad_nanoseconds`,
 *   `flv.audio.nested_multitrack`, `flv.audio.bad_track_size`, `flv.audio.too_many_tracks`.
 * @see FLV v10.1 Annex E.4.2.1, E.4.2.2; Enhanced RTMP v2, Enhanced Audio
 */
export function readAudioBody(payload: Uint8Array): AudioBody {
  const first = payload[0]
  if (first === undefined) return AUDIO_SILENCE
  const format = first >> 4
  if (format === FORMAT_AAC) return readAac(payload)
  if (format === ENHANCED_AUDIO) return readEnhancedAudio(payload)
  if (format !== FORMAT_MP3 && format !== FORMAT_MP3_8_KHZ) return unsupportedFormat(format)
  if (payload.length === MP3_HEADER_SIZE) return AUDIO_SILENCE
  return { type: 'frame', codec: 'mp3', nanoseconds: 0, data: payload.subarray(MP3_HEADER_SIZE) }
}

/**
 * Peeks at an audio body. Agrees with `readAudioBody`: `other` is silence, what is of several tracks or not
 * handled, and what `readAudioBody` would throw at.
 */
export function audioKind(payload: Uint8Array): AudioKind {
  const first = payload[0]
  if (first === undefined) return 'other'
  const format = first >> 4
  if (format === FORMAT_AAC) {
    const packetType = payload[1]
    if (packetType === AAC_SEQUENCE_HEADER) {
      return isMislabelledOpus(payload.subarray(AAC_HEADER_SIZE)) ? 'other' : 'config'
    }
    return packetType === AAC_RAW && payload.length > AAC_HEADER_SIZE ? 'frame' : 'other'
  }
  if (format === ENHANCED_AUDIO) {
    return (first & 0x0f) === MODIFIER_PACKET_TYPE ? modifiedKind(payload) : enhancedAudioKind(payload)
  }
  const mp3 = format === FORMAT_MP3 || format === FORMAT_MP3_8_KHZ
  return mp3 && payload.length > MP3_HEADER_SIZE ? 'frame' : 'other'
}

function readAac(payload: Uint8Array): AudioBody {
  const packetType = payload[1]
  if (packetType === AAC_RAW) {
    if (payload.length === AAC_HEADER_SIZE) return AUDIO_SILENCE
    return { type: 'frame', codec: 'aac', nanoseconds: 0, data: payload.subarray(AAC_HEADER_SIZE) }
  }
  if (packetType === AAC_SEQUENCE_HEADER) {
    const record = payload.subarray(AAC_HEADER_SIZE)
    return isMislabelledOpus(record) ? MISLABELLED_OPUS : { type: 'config', codec: 'aac', record }
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

/** The kind of a body behind modifiers. They are rare: it is simply read. */
function modifiedKind(payload: Uint8Array): AudioKind {
  try {
    const body = readEnhancedAudio(payload)
    return body.type === 'config' || body.type === 'frame' ? body.type : 'other'
  } catch (error) {
    if (error instanceof ProtocolError) return 'other'
    throw error
  }
}

function unsupportedFormat(format: number): UnsupportedBody {
  const name = LEGACY_FORMATS[format] ?? `sound format ${format}`
  return unsupported(`sound format ${name} is not handled`, name, false)
}
