import { ProtocolError } from '@sluice/core'
import type { VideoCodec } from '@sluice/media'
import { COMPOSITION_OFFSET_SIZE, readCompositionOffset } from './composition-offset.ts'
import { MODIFIER_PACKET_TYPE } from './enhanced-header.ts'
import { ENHANCED_VIDEO, enhancedVideoKind, readEnhancedVideo } from './enhanced-video.ts'
import { type UnsupportedBody, unsupported } from './unsupported-body.ts'
import {
  FrameType,
  isKeyframe,
  VIDEO_COMMAND,
  VIDEO_EMPTY,
  type VideoBody,
  type VideoKind,
} from './video-body.ts'

const CODEC_AVC = 7
/** Never standardised: the layout of AVC with HEVC inside, from encoders older than Enhanced RTMP. */
const CODEC_HEVC = 12
const AVC_SEQUENCE_HEADER = 0
const AVC_NAL_UNITS = 1
const AVC_END_OF_SEQUENCE = 2
/** Behind frame type and codec, and packet type. */
const COMPOSITION_OFFSET_AT = 2
const AVC_HEADER_SIZE = COMPOSITION_OFFSET_AT + COMPOSITION_OFFSET_SIZE

/** CodecID values that are not read (FLV v10.1 Annex E.4.3.1; 12 and up are private use). */
const LEGACY_CODECS: Readonly<Record<number, string>> = {
  1: 'JPEG',
  2: 'Sorenson H.263',
  3: 'Screen video',
  4: 'On2 VP6',
  5: 'On2 VP6 with alpha',
  6: 'Screen video 2',
  13: 'AV1 as codec id 13',
}

/**
 * Reads the body of a video message (FLV tag type 9, RTMP message type 9): H.264 and HEVC by codec id, and
 * everything that Enhanced RTMP sends by FourCC.
 *
 * @returns byte arrays in it are views of `payload`.
 * @throws {ProtocolError} `flv.video.truncated` when a header is cut short; `flv.video.bad_nanoseconds`,
 *   `flv.video.nested_multitrack`, `flv.video.bad_track_size`, `flv.video.too_many_tracks`,
 *   `flv.video.bad_metadata`; `amf.…` and `core.bytes.truncated` from a metadata packet.
 * @see FLV v10.1 Annex E.4.3.1, E.4.3.2; Enhanced RTMP v2, Enhanced Video
 */
export function readVideoBody(payload: Uint8Array): VideoBody {
  const first = payload[0]
  if (first === undefined) return VIDEO_EMPTY
  if ((first & ENHANCED_VIDEO) !== 0) return readEnhancedVideo(payload)
  const frameType = first >> 4
  if (frameType === FrameType.command) return VIDEO_COMMAND
  const codec = legacyCodec(first & 0x0f)
  if (codec === undefined) return unsupportedCodec(first & 0x0f)
  const packetType = payload[1]
  if (packetType === AVC_NAL_UNITS) {
    requireHeader(payload)
    if (payload.length === AVC_HEADER_SIZE) return VIDEO_EMPTY
    return {
      type: 'frame',
      codec,
      keyframe: isKeyframe(frameType),
      compositionOffset: readCompositionOffset(payload, COMPOSITION_OFFSET_AT),
      nanoseconds: 0,
      data: payload.subarray(AVC_HEADER_SIZE),
    }
  }
  if (packetType === AVC_SEQUENCE_HEADER) {
    requireHeader(payload)
    return { type: 'config', codec, record: payload.subarray(AVC_HEADER_SIZE) }
  }
  // Some senders leave the composition time of the end mark out.
  if (packetType === AVC_END_OF_SEQUENCE) return { type: 'end', codec }
  if (packetType === undefined) requireHeader(payload)
  return unsupported(`${codec} packet type ${packetType} is reserved`, `reserved ${codec} packet`, true)
}

/**
 * Peeks at a video body. Agrees with `readVideoBody`: `keyframe` and `frame` are its frames, `other` is
 * everything without a picture, of several tracks or not handled, and also what `readVideoBody` would throw at.
 */
export function videoKind(payload: Uint8Array): VideoKind {
  const first = payload[0]
  if (first === undefined) return 'other'
  if ((first & ENHANCED_VIDEO) !== 0) {
    return (first & 0x0f) === MODIFIER_PACKET_TYPE ? modifiedKind(payload) : enhancedVideoKind(payload)
  }
  const frameType = first >> 4
  if (legacyCodec(first & 0x0f) === undefined || frameType === FrameType.command) return 'other'
  if (payload.length < AVC_HEADER_SIZE) return 'other'
  const packetType = payload[1]
  if (packetType === AVC_SEQUENCE_HEADER) return 'config'
  if (packetType !== AVC_NAL_UNITS || payload.length === AVC_HEADER_SIZE) return 'other'
  return isKeyframe(frameType) ? 'keyframe' : 'frame'
}

/** The kind of a body behind modifiers. They are rare: it is simply read. */
function modifiedKind(payload: Uint8Array): VideoKind {
  try {
    const body = readEnhancedVideo(payload)
    if (body.type === 'frame') return body.keyframe ? 'keyframe' : 'frame'
    return body.type === 'config' ? 'config' : 'other'
  } catch (error) {
    if (error instanceof ProtocolError) return 'other'
    throw error
  }
}

function legacyCodec(codecId: number): VideoCodec | undefined {
  if (codecId === CODEC_AVC) return 'h264'
  return codecId === CODEC_HEVC ? 'hevc' : undefined
}

function requireHeader(payload: Uint8Array): void {
  if (payload.length >= AVC_HEADER_SIZE) return
  throw new ProtocolError(
    'flv.video.truncated',
    `a video message of ${payload.length} bytes, its header alone has ${AVC_HEADER_SIZE}`,
    { details: { size: payload.length }, spec: 'FLV v10.1 Annex E.4.3.2' },
  )
}

function unsupportedCodec(codecId: number): UnsupportedBody {
  const name = LEGACY_CODECS[codecId] ?? `codec id ${codecId}`
  return unsupported(`video codec ${name} is not handled`, name, false)
}
