import { ByteWriter, StateError } from '@sluice/core'
import type { VideoCodec } from '@sluice/media'
import { videoRecord, videoSequenceStart } from './codec-record.ts'
import { COMPOSITION_OFFSET_SIZE, readCompositionOffset } from './composition-offset.ts'
import { FOURCC_SIZE, readModifiers, truncated, u32be, writeModifiers } from './enhanced-header.ts'
import { fourCcName, VIDEO_FOURCC, videoCodecOf } from './fourcc.ts'
import { readTracks } from './multitrack.ts'
import { unsupported } from './unsupported-body.ts'
import {
  FrameType,
  isKeyframe,
  type SingleVideoBody,
  VIDEO_COMMAND,
  VIDEO_EMPTY,
  type VideoBody,
  type VideoConfigBody,
  type VideoEndBody,
  type VideoFrameBody,
  type VideoKind,
} from './video-body.ts'
import { readVideoMetadata } from './video-metadata.ts'

/** IsExHeader: the low four bits of the first byte are a packet type, no codec id. */
export const ENHANCED_VIDEO = 0x80

/** VideoPacketType; 7 is the modifier of `enhanced-header.ts`. */
const PacketType = {
  sequenceStart: 0,
  codedFrames: 1,
  sequenceEnd: 2,
  codedFramesX: 3,
  metadata: 4,
  mpeg2TsSequenceStart: 5,
  multitrack: 6,
} as const

const MULTITRACK = { medium: 'video', multitrackPacketType: PacketType.multitrack } as const
/** An AV1 temporal delimiter: header with has_size_field, size 0. */
const TEMPORAL_DELIMITER = [0x12, 0x00] as const

/** What the head of a message says of a track's share. */
interface Head {
  readonly fourCc: number
  readonly packetType: number
  readonly keyframe: boolean
  readonly nanoseconds: number
}

/**
 * Reads a video body whose first byte has the enhanced bit.
 *
 * @param payload - at least one byte.
 * @throws {ProtocolError} `flv.video.…`, `amf.…`, `core.bytes.truncated`.
 * @see Enhanced RTMP v2, Enhanced Video (ExVideoTagHeader, ExVideoTagBody)
 */
export function readEnhancedVideo(payload: Uint8Array): VideoBody {
  const frameType = frameTypeOf(payload)
  const { at, nanoseconds } = readModifiers(payload, 'video')
  const packetType = (payload[at] ?? 0) & 0x0f
  // A command has neither FourCC nor body; a Metadata packet's frame type means nothing.
  if (frameType === FrameType.command && packetType !== PacketType.metadata) return VIDEO_COMMAND
  const keyframe = isKeyframe(frameType)
  if (packetType === PacketType.multitrack) {
    return readTracks(payload, at + 1, MULTITRACK, (part) => {
      const { fourCc, packetType } = part
      const body = readTrack(part.bytes, 0, { fourCc, packetType, keyframe, nanoseconds })
      // Without its further tracks a stream is whole.
      return body.type === 'unsupported' && part.trackId !== 0 ? { ...body, supplementary: true } : body
    })
  }
  const fourCc = u32be(payload, at + 1, 'video')
  return readTrack(payload, at + 1 + FOURCC_SIZE, { fourCc, packetType, keyframe, nanoseconds })
}

/**
 * Peeks at an enhanced video body without modifiers; agrees with `readEnhancedVideo`.
 *
 * @param payload - at least one byte; its packet type is not 7.
 */
export function enhancedVideoKind(payload: Uint8Array): VideoKind {
  const frameType = frameTypeOf(payload)
  const packetType = (payload[0] ?? 0) & 0x0f
  const at = 1 + FOURCC_SIZE
  if (frameType === FrameType.command || payload.length < at) return 'other'
  if (packetType > PacketType.codedFramesX || packetType === PacketType.sequenceEnd) return 'other'
  const codec = videoCodecOf(u32be(payload, 1, 'video'))
  if (codec === undefined) return 'other'
  if (packetType === PacketType.sequenceStart) return 'config'
  if (pictureStart(payload, at, codec, packetType) >= payload.length) return 'other'
  return isKeyframe(frameType) ? 'keyframe' : 'frame'
}

/**
 * Makes an enhanced video body: one track, by FourCC. Read back, it gives `body` again.
 *
 * @returns a new array, the data copied into it.
 * @throws {StateError} `flv.video.unwritable` for a composition offset that the codec has no field for, for a
 *   record of VP8, for a frame without data and for nanoseconds that fill a millisecond;
 *   `core.bytes.out_of_range` for a composition offset beyond 24 bits.
 * @see Enhanced RTMP v2, Enhanced Video (ExVideoTagHeader, ExVideoTagBody)
 */
export function writeVideoBody(body: VideoConfigBody | VideoFrameBody | VideoEndBody): Uint8Array {
  const data = dataOf(body)
  const frame = body.type === 'frame' ? body : undefined
  const frameType = frame?.keyframe === false ? FrameType.inter : FrameType.key
  const writer = new ByteWriter(data.length + 16)
  writeModifiers(writer, {
    medium: 'video',
    flags: ENHANCED_VIDEO | (frameType << 4),
    packetType: packetTypeOf(body),
    nanoseconds: frame?.nanoseconds ?? 0,
  })
  writer.u32be(VIDEO_FOURCC[body.codec])
  if (frame !== undefined && frame.compositionOffset !== 0) writer.i24be(frame.compositionOffset)
  return writer.bytes(data).finish()
}

/**
 * What stands before a frame's data in a multitrack body of that one track. Read back, head and data give the frame.
 *
 * @param trackId - 0 to 255.
 * @throws {StateError} `flv.video.unwritable`, `core.bytes.out_of_range`; see `writeVideoBody`.
 * @see Enhanced RTMP v2, Enhanced Video (AvMultitrackType.OneTrack)
 */
export function videoTrackHead(
  trackId: number,
  frame: Pick<VideoFrameBody, 'type' | 'codec' | 'keyframe' | 'compositionOffset'>,
): Uint8Array {
  const frameType = frame.keyframe ? FrameType.key : FrameType.inter
  const writer = new ByteWriter(10)
    .u8(ENHANCED_VIDEO | (frameType << 4) | PacketType.multitrack)
    .u8(packetTypeOf(frame))
    .u32be(VIDEO_FOURCC[frame.codec])
    .u8(trackId)
  if (frame.compositionOffset !== 0) writer.i24be(frame.compositionOffset)
  return writer.finish()
}

function readTrack(bytes: Uint8Array, at: number, head: Head): SingleVideoBody {
  const { fourCc, packetType } = head
  const codec = videoCodecOf(fourCc)
  if (codec === undefined) {
    const name = fourCcName(fourCc)
    const supplementary = packetType >= PacketType.metadata && packetType !== PacketType.mpeg2TsSequenceStart
    return unsupported(`video codec ${name} is not handled`, name, supplementary)
  }
  switch (packetType) {
    case PacketType.codedFrames:
    case PacketType.codedFramesX:
      return readFrame(bytes, at, codec, head)
    case PacketType.sequenceStart:
      return { type: 'config', codec, record: videoRecord(codec, bytes.subarray(at)) }
    case PacketType.sequenceEnd:
      return { type: 'end', codec }
    case PacketType.metadata:
      return readVideoMetadata(codec, bytes.subarray(at))
    case PacketType.mpeg2TsSequenceStart:
      return unsupported(
        `video configured as in MPEG-2 TS (${fourCcName(fourCc)}) is not handled`,
        'MPEG-2 TS sequence start',
        false,
      )
    default:
      return unsupported(`video packet type ${packetType} is reserved`, 'reserved video packet', true)
  }
}

function readFrame(bytes: Uint8Array, at: number, codec: VideoCodec, head: Head): SingleVideoBody {
  const { packetType, keyframe, nanoseconds } = head
  const start = pictureStart(bytes, at, codec, packetType)
  if (start > bytes.length) throw truncated(bytes, at, COMPOSITION_OFFSET_SIZE, 'video')
  if (start === bytes.length) return VIDEO_EMPTY
  return {
    type: 'frame',
    codec,
    keyframe,
    compositionOffset: hasCompositionOffset(codec, packetType) ? readCompositionOffset(bytes, at) : 0,
    nanoseconds,
    data: bytes.subarray(start),
  }
}

/** Index of a picture's first byte, behind its composition time or a temporal delimiter. May be beyond the end. */
function pictureStart(bytes: Uint8Array, at: number, codec: VideoCodec, packetType: number): number {
  if (hasCompositionOffset(codec, packetType)) return at + COMPOSITION_OFFSET_SIZE
  // An AV1 sample of MP4 has no temporal delimiter, nor should a message have one; ffmpeg 9 leaves them in.
  const delimited =
    codec === 'av1' && bytes[at] === TEMPORAL_DELIMITER[0] && bytes[at + 1] === TEMPORAL_DELIMITER[1]
  return delimited ? at + TEMPORAL_DELIMITER.length : at
}

/** True for the packets with a composition time: others have an offset of 0. */
function hasCompositionOffset(codec: VideoCodec, packetType: number): boolean {
  return packetType === PacketType.codedFrames && (codec === 'h264' || codec === 'hevc')
}

function frameTypeOf(payload: Uint8Array): number {
  return ((payload[0] ?? 0) >> 4) & 0x07
}

function packetTypeOf(
  body: VideoConfigBody | VideoEndBody | Pick<VideoFrameBody, 'type' | 'codec' | 'compositionOffset'>,
): number {
  if (body.type === 'config') return PacketType.sequenceStart
  if (body.type === 'end') return PacketType.sequenceEnd
  const hasOffset = hasCompositionOffset(body.codec, PacketType.codedFrames)
  if (!hasOffset && body.compositionOffset !== 0) {
    throw new StateError('flv.video.unwritable', `${body.codec} has no field for a composition offset`, {
      details: { compositionOffset: body.compositionOffset },
    })
  }
  return hasOffset && body.compositionOffset === 0 ? PacketType.codedFramesX : PacketType.codedFrames
}

function dataOf(body: VideoConfigBody | VideoFrameBody | VideoEndBody): Uint8Array {
  if (body.type === 'config') return videoSequenceStart(body.codec, body.record)
  if (body.type === 'end') return new Uint8Array()
  if (body.data.length > 0) return body.data
  throw new StateError('flv.video.unwritable', `a ${body.codec} frame without data`)
}
