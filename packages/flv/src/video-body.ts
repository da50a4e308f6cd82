import { ProtocolError } from '@sluice/core'
import { readEnhancedBodyHeader } from './fourcc.ts'
import type { UnsupportedBody } from './unsupported-body.ts'

/** Video codecs whose bodies are read, in FFmpeg's spelling. */
export type FlvVideoCodec = 'h264'

/** A decoder configuration: applies to the frames behind it. May repeat, unchanged or new. */
export interface VideoConfigBody {
  readonly type: 'config'
  readonly codec: FlvVideoCodec
  /** H.264: an AVCDecoderConfigurationRecord. A view of the payload, not looked into. */
  readonly record: Uint8Array
}

/** One access unit. */
export interface VideoFrameBody {
  readonly type: 'frame'
  readonly codec: FlvVideoCodec
  /** What the tag claims (frame type 1 or 4); nobody has looked at the slices. */
  readonly keyframe: boolean
  /** Presentation time minus decoding time in milliseconds, signed. */
  readonly compositionOffset: number
  /** H.264: length-prefixed NAL units, at least one byte. A view of the payload. */
  readonly data: Uint8Array
}

/** The encoder has ended its sequence; a new configuration may follow. */
export interface VideoEndBody {
  readonly type: 'end'
  readonly codec: FlvVideoCodec
}

/** A seek or buffering command of Flash (frame type 5): no picture. */
export interface VideoCommandBody {
  readonly type: 'command'
}

/** A message without a picture in it: no bytes at all, or an AVC header with nothing behind. */
export interface VideoEmptyBody {
  readonly type: 'empty'
}

export type VideoBody =
  | VideoConfigBody
  | VideoFrameBody
  | VideoEndBody
  | VideoCommandBody
  | VideoEmptyBody
  | UnsupportedBody

const FRAME_TYPE_KEY = 1
const FRAME_TYPE_GENERATED_KEY = 4
const FRAME_TYPE_COMMAND = 5
const CODEC_AVC = 7
const AVC_SEQUENCE_HEADER = 0
const AVC_NAL_UNITS = 1
const AVC_END_OF_SEQUENCE = 2
/** Frame type and codec, packet type, composition time. */
const AVC_HEADER_SIZE = 5
const ENHANCED = 0x80
const ENHANCED_METADATA = 4
const ENHANCED_MULTITRACK = 6

/** CodecID values that are not H.264 (FLV v10.1 Annex E.4.3.1; 12 and up are private use). */
const LEGACY_CODECS: Readonly<Record<number, string>> = {
  1: 'JPEG',
  2: 'Sorenson H.263',
  3: 'Screen video',
  4: 'On2 VP6',
  5: 'On2 VP6 with alpha',
  6: 'Screen video 2',
  12: 'HEVC as codec id 12',
  13: 'AV1 as codec id 13',
}

const END: VideoEndBody = Object.freeze({ type: 'end', codec: 'h264' })
const COMMAND: VideoCommandBody = Object.freeze({ type: 'command' })
const EMPTY: VideoEmptyBody = Object.freeze({ type: 'empty' })

/**
 * Reads the body of a video message (FLV tag type 9, RTMP message type 9).
 *
 * @returns byte arrays in it are views of `payload`.
 * @throws {ProtocolError} `flv.video.truncated` when an AVC header is cut short.
 * @see FLV v10.1 Annex E.4.3.1, E.4.3.2
 */
export function readVideoBody(payload: Uint8Array): VideoBody {
  const first = payload[0]
  if (first === undefined) return EMPTY
  if ((first & ENHANCED) !== 0) return enhancedBody(payload, first)
  const frameType = first >> 4
  if (frameType === FRAME_TYPE_COMMAND) return COMMAND
  const codec = first & 0x0f
  if (codec !== CODEC_AVC) return unsupportedCodec(codec)
  const packetType = payload[1]
  if (packetType === AVC_NAL_UNITS) {
    requireHeader(payload)
    if (payload.length === AVC_HEADER_SIZE) return EMPTY
    return {
      type: 'frame',
      codec: 'h264',
      keyframe: frameType === FRAME_TYPE_KEY || frameType === FRAME_TYPE_GENERATED_KEY,
      compositionOffset: compositionOffset(payload),
      data: payload.subarray(AVC_HEADER_SIZE),
    }
  }
  if (packetType === AVC_SEQUENCE_HEADER) {
    requireHeader(payload)
    return { type: 'config', codec: 'h264', record: payload.subarray(AVC_HEADER_SIZE) }
  }
  // Some senders leave the composition time of the end mark out.
  if (packetType === AVC_END_OF_SEQUENCE) return END
  if (packetType === undefined) requireHeader(payload)
  return unsupported(`H.264 packet type ${packetType} is reserved`, 'reserved H.264 packet', true)
}

/** What a video message is, told without making anything: for deciding what to keep and what to drop. */
export type VideoKind = 'config' | 'keyframe' | 'frame' | 'other'

/**
 * Peeks at a video body. Agrees with `readVideoBody`: `keyframe` and `frame` are its frames, `other` is
 * everything without a picture or not handled, and also what `readVideoBody` would throw at.
 */
export function videoKind(payload: Uint8Array): VideoKind {
  const first = payload[0]
  // The enhanced bit and frame type 5 (command) both differ from a frame type of 0 to 4 in the high nibble.
  if (first === undefined || (first & 0x0f) !== CODEC_AVC || (first & ENHANCED) !== 0) return 'other'
  const frameType = first >> 4
  if (frameType === FRAME_TYPE_COMMAND || payload.length < AVC_HEADER_SIZE) return 'other'
  const packetType = payload[1]
  if (packetType === AVC_SEQUENCE_HEADER) return 'config'
  if (packetType !== AVC_NAL_UNITS || payload.length === AVC_HEADER_SIZE) return 'other'
  return frameType === FRAME_TYPE_KEY || frameType === FRAME_TYPE_GENERATED_KEY ? 'keyframe' : 'frame'
}

/** Signed 24 bits, big-endian, behind the packet type. */
function compositionOffset(payload: Uint8Array): number {
  return (((payload[2] ?? 0) << 24) | ((payload[3] ?? 0) << 16) | ((payload[4] ?? 0) << 8)) >> 8
}

function requireHeader(payload: Uint8Array): void {
  if (payload.length >= AVC_HEADER_SIZE) return
  throw new ProtocolError(
    'flv.video.truncated',
    `an H.264 video message of ${payload.length} bytes, its header alone has ${AVC_HEADER_SIZE}`,
    { details: { size: payload.length }, spec: 'FLV v10.1 Annex E.4.3.2' },
  )
}

function enhancedBody(payload: Uint8Array, first: number): VideoBody {
  const { packetType, multitrack, fourCc } = readEnhancedBodyHeader(payload, ENHANCED_MULTITRACK)
  const metadata = packetType === ENHANCED_METADATA
  if (!metadata && ((first >> 4) & 0x07) === FRAME_TYPE_COMMAND) return COMMAND
  const what = metadata ? 'metadata' : multitrack ? 'multitrack video' : 'video'
  const codecName = fourCc ?? 'without FourCC'
  return unsupported(`Enhanced RTMP ${what} ${codecName} is not handled`, codecName, metadata || multitrack)
}

function unsupportedCodec(codec: number): UnsupportedBody {
  const name = LEGACY_CODECS[codec] ?? `codec id ${codec}`
  return unsupported(`video codec ${name} is not handled, only H.264`, name, false)
}

function unsupported(reason: string, codecName: string, supplementary: boolean): UnsupportedBody {
  return { type: 'unsupported', reason, codecName, supplementary }
}
