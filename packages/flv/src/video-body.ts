import type { AmfValue } from '@sluice/amf'
import type { VideoCodec } from '@sluice/media'
import type { MultitrackBody } from './multitrack.ts'
import type { UnsupportedBody } from './unsupported-body.ts'

/** A decoder configuration: applies to the frames behind it. May repeat, unchanged or new. */
export interface VideoConfigBody {
  readonly type: 'config'
  readonly codec: VideoCodec
  /**
   * A view of the payload, not looked into: an AVCDecoderConfigurationRecord, HEVCDecoderConfigurationRecord,
   * AV1CodecConfigurationRecord, or VPCodecConfigurationRecord without version and flags; empty for VP8.
   */
  readonly record: Uint8Array
}

/** One access unit. */
export interface VideoFrameBody {
  readonly type: 'frame'
  readonly codec: VideoCodec
  /** What the tag claims (frame type 1 or 4); nobody has looked into the picture. */
  readonly keyframe: boolean
  /** Presentation time minus decoding time in milliseconds, signed; 0 for AV1, VP9 and VP8. */
  readonly compositionOffset: number
  /** 0 to 999 999, to be added to the message's timestamp; 0 from nearly every sender. */
  readonly nanoseconds: number
  /**
   * At least one byte, a view of the payload: length-prefixed NAL units (H.264, HEVC), OBUs without a temporal
   * delimiter (AV1), a frame or superframe (VP9), a frame (VP8).
   */
  readonly data: Uint8Array
}

/** The encoder has ended its sequence; a new configuration may follow. */
export interface VideoEndBody {
  readonly type: 'end'
  readonly codec: VideoCodec
}

/** What is said about the pictures that follow, beside them. */
export interface VideoMetadataBody {
  readonly type: 'metadata'
  /** As the tag says; ffmpeg may name another track's codec. */
  readonly codec: VideoCodec
  /** By name. `colorInfo` is the only one defined; undefined or an empty object takes it back. */
  readonly properties: ReadonlyMap<string, AmfValue>
}

/** A seek or buffering command of Flash (frame type 5): no picture. */
export interface VideoCommandBody {
  readonly type: 'command'
}

/** A message without a picture in it: no bytes at all, or a header with nothing behind. */
export interface VideoEmptyBody {
  readonly type: 'empty'
}

/** What a message says about one video track. */
export type SingleVideoBody =
  | VideoConfigBody
  | VideoFrameBody
  | VideoEndBody
  | VideoMetadataBody
  | VideoEmptyBody
  | UnsupportedBody

export type VideoBody = SingleVideoBody | VideoCommandBody | MultitrackBody<SingleVideoBody>

/** What a video message is, told without making anything: for deciding what to keep and what to drop. */
export type VideoKind = 'config' | 'keyframe' | 'frame' | 'other'

/** FrameType values that matter (FLV v10.1 Annex E.4.3.1); every other one is a picture that needs others. */
export const FrameType = { key: 1, inter: 2, generatedKey: 4, command: 5 } as const

/** True for the frame types of a picture that needs no other. */
export function isKeyframe(frameType: number): boolean {
  return frameType === FrameType.key || frameType === FrameType.generatedKey
}

export const VIDEO_COMMAND: VideoCommandBody = Object.freeze({ type: 'command' })
export const VIDEO_EMPTY: VideoEmptyBody = Object.freeze({ type: 'empty' })
