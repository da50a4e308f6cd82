import { ByteWriter, StateError } from '@sluice/core'
import type { AudioCodec } from '@sluice/media'
import {
  AUDIO_SILENCE,
  type AudioBody,
  type AudioConfigBody,
  type AudioEndBody,
  type AudioFrameBody,
  type AudioKind,
  type SingleAudioBody,
} from './audio-body.ts'
import { readChannelLayout } from './channel-layout.ts'
import { audioRecord, audioSequenceStart } from './codec-record.ts'
import { FOURCC_SIZE, readModifiers, u32be, writeModifiers } from './enhanced-header.ts'
import { AUDIO_FOURCC, audioCodecOf, fourCcName } from './fourcc.ts'
import { isMislabelledOpus, MISLABELLED_OPUS } from './mislabelled-opus.ts'
import { readTracks } from './multitrack.ts'
import { unsupported } from './unsupported-body.ts'

/** SoundFormat ExHeader: the low four bits of the first byte are a packet type. */
export const ENHANCED_AUDIO = 9

/** AudioPacketType; 7 is the modifier of `enhanced-header.ts`. */
const PacketType = {
  sequenceStart: 0,
  codedFrames: 1,
  sequenceEnd: 2,
  multichannelConfig: 4,
  multitrack: 5,
} as const

const MULTITRACK = { medium: 'audio', multitrackPacketType: PacketType.multitrack } as const

/** What the head of a message says of a track's share. */
interface Head {
  readonly fourCc: number
  readonly packetType: number
  readonly nanoseconds: number
}

/**
 * Reads an audio body whose sound format is 9.
 *
 * @param payload - at least one byte.
 * @throws {ProtocolError} `flv.audio.…`.
 * @see Enhanced RTMP v2, Enhanced Audio (ExAudioTagHeader, ExAudioTagBody)
 */
export function readEnhancedAudio(payload: Uint8Array): AudioBody {
  const { at, nanoseconds } = readModifiers(payload, 'audio')
  const packetType = (payload[at] ?? 0) & 0x0f
  if (packetType === PacketType.multitrack) {
    return readTracks(payload, at + 1, MULTITRACK, (part) => {
      const body = readTrack(part.bytes, 0, { fourCc: part.fourCc, packetType: part.packetType, nanoseconds })
      // Without its further tracks a stream is whole.
      return body.type === 'unsupported' && part.trackId !== 0 ? { ...body, supplementary: true } : body
    })
  }
  const fourCc = u32be(payload, at + 1, 'audio')
  return readTrack(payload, at + 1 + FOURCC_SIZE, { fourCc, packetType, nanoseconds })
}

/**
 * Peeks at an enhanced audio body without modifiers; agrees with `readEnhancedAudio`.
 *
 * @param payload - at least one byte; its packet type is not 7.
 */
export function enhancedAudioKind(payload: Uint8Array): AudioKind {
  const packetType = (payload[0] ?? 0) & 0x0f
  const at = 1 + FOURCC_SIZE
  if (packetType > PacketType.codedFrames || payload.length < at) return 'other'
  const codec = audioCodecOf(u32be(payload, 1, 'audio'))
  if (codec === undefined) return 'other'
  if (packetType === PacketType.sequenceStart) {
    return codec === 'aac' && isMislabelledOpus(payload.subarray(at)) ? 'other' : 'config'
  }
  return payload.length > at ? 'frame' : 'other'
}

/**
 * Makes an enhanced audio body: one track, by FourCC. Read back, it gives `body` again.
 *
 * @returns a new array, the data copied into it.
 * @throws {StateError} `flv.audio.unwritable` for a record that is none of the codec's, for a frame without
 *   data and for nanoseconds that fill a millisecond.
 * @see Enhanced RTMP v2, Enhanced Audio (ExAudioTagHeader, ExAudioTagBody)
 */
export function writeAudioBody(body: AudioConfigBody | AudioFrameBody | AudioEndBody): Uint8Array {
  const data = dataOf(body)
  const writer = new ByteWriter(data.length + 16)
  writeModifiers(writer, {
    medium: 'audio',
    flags: ENHANCED_AUDIO << 4,
    packetType: PACKET_TYPE_OF[body.type],
    nanoseconds: body.type === 'frame' ? body.nanoseconds : 0,
  })
  return writer.u32be(AUDIO_FOURCC[body.codec]).bytes(data).finish()
}

/**
 * What stands before a packet's data in a multitrack body of that one track. Read back, head and data give the packet.
 *
 * @param trackId - 0 to 255.
 * @see Enhanced RTMP v2, Enhanced Audio (AvMultitrackType.OneTrack)
 */
export function audioTrackHead(trackId: number, codec: AudioCodec): Uint8Array {
  return new ByteWriter(7)
    .u8((ENHANCED_AUDIO << 4) | PacketType.multitrack)
    .u8(PacketType.codedFrames)
    .u32be(AUDIO_FOURCC[codec])
    .u8(trackId)
    .finish()
}

const PACKET_TYPE_OF = {
  config: PacketType.sequenceStart,
  frame: PacketType.codedFrames,
  end: PacketType.sequenceEnd,
} as const

function readTrack(bytes: Uint8Array, at: number, head: Head): SingleAudioBody {
  const { fourCc, packetType, nanoseconds } = head
  const codec = audioCodecOf(fourCc)
  if (codec === undefined) {
    const name = fourCcName(fourCc)
    return unsupported(`audio codec ${name} is not handled`, name, packetType > PacketType.sequenceEnd)
  }
  switch (packetType) {
    case PacketType.codedFrames:
      if (at === bytes.length) return AUDIO_SILENCE
      return { type: 'frame', codec, nanoseconds, data: bytes.subarray(at) }
    case PacketType.sequenceStart:
      return readConfig(codec, bytes.subarray(at))
    case PacketType.sequenceEnd:
      return { type: 'end', codec }
    case PacketType.multichannelConfig: {
      const layout = readChannelLayout(bytes, at)
      return 'order' in layout ? { type: 'channels', codec, layout } : layout
    }
    default:
      return unsupported(`audio packet type ${packetType} is reserved`, 'reserved audio packet', true)
  }
}

function readConfig(codec: AudioCodec, bytes: Uint8Array): SingleAudioBody {
  if (codec === 'aac' && isMislabelledOpus(bytes)) return MISLABELLED_OPUS
  return { type: 'config', codec, record: audioRecord(codec, bytes) }
}

function dataOf(body: AudioConfigBody | AudioFrameBody | AudioEndBody): Uint8Array {
  if (body.type === 'config') return audioSequenceStart(body.codec, body.record)
  if (body.type === 'end') return new Uint8Array()
  if (body.data.length > 0) return body.data
  throw new StateError('flv.audio.unwritable', `a ${body.codec} frame without data`)
}
