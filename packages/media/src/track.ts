import type { Timescale } from '@sluice/core'
import type { VideoColour } from './colour.ts'

/** Video codecs, in FFmpeg's spelling. */
export type VideoCodec = 'h264' | 'hevc' | 'av1' | 'vp9' | 'vp8'

/** Audio codecs, in FFmpeg's spelling. */
export type AudioCodec = 'aac' | 'opus' | 'flac' | 'ac3' | 'eac3' | 'mp3'

/** What a video packet stream is. Sizes come from the codec's own headers, never from RTMP metadata. */
export interface VideoTrack {
  readonly kind: 'video'
  readonly codec: VideoCodec
  /** RFC 6381 `codecs` parameter, for example `avc1.64001f`. */
  readonly codecString: string
  /** Decoded picture after cropping, in samples; for `av1` the largest, which frames may stay below. */
  readonly width: number
  readonly height: number
  /** Sample (pixel) aspect ratio, `[1, 1]` for square pixels. */
  readonly pixelAspectRatio: readonly [number, number]
  /** Frames per second where the codec's headers say so (VUI timing), else undefined. */
  readonly frameRate: number | undefined
  /** Frames per second as the publisher announced them beside the video: a hint, where the headers say nothing. */
  readonly announcedFrameRate?: number
  /** Absent where neither the codec's headers nor the publisher say anything. */
  readonly colour?: VideoColour
  /** Ticks per second of this track's packets: always 90 000. */
  readonly timescale: Timescale
  /**
   * The codec's configuration record:
   *
   * - `h264` AVCDecoderConfigurationRecord (payload of `avcC`)
   * - `hevc` HEVCDecoderConfigurationRecord (payload of `hvcC`)
   * - `av1` AV1CodecConfigurationRecord (payload of `av1C`): four bytes and its OBUs, if any
   * - `vp9` VPCodecConfigurationRecord (payload of `vpcC` behind version and flags)
   * - `vp8` none: empty
   */
  readonly config: Uint8Array
}

/** What an audio packet stream is. */
export interface AudioTrack {
  readonly kind: 'audio'
  readonly codec: AudioCodec
  /** RFC 6381 `codecs` parameter, for example `mp4a.40.2`. */
  readonly codecString: string
  readonly sampleRate: number
  readonly channels: number
  /** Samples in one packet: 1024 for AAC-LC. Opus and FLAC may vary it; this is the first, and the largest. */
  readonly samplesPerPacket: number
  /** Ticks per second of this track's packets: its sample rate (`opus`: 48 000). */
  readonly timescale: Timescale
  /**
   * The codec's configuration record:
   *
   * - `aac` AudioSpecificConfig
   * - `opus` OpusHead with its magic (RFC 7845 §5.1)
   * - `flac` STREAMINFO: 34 bytes without block header
   * - `ac3` payload of `dac3`
   * - `eac3` payload of `dec3`
   * - `mp3` none: empty
   */
  readonly config: Uint8Array
}

export type Track = VideoTrack | AudioTrack
