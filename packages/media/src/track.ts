import type { Timescale } from '@sluice/core'

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
  /** Decoded picture after cropping, in samples. */
  readonly width: number
  readonly height: number
  /** Sample (pixel) aspect ratio, `[1, 1]` for square pixels. */
  readonly pixelAspectRatio: readonly [number, number]
  /** Frames per second where the codec's headers say so (VUI timing), else undefined. */
  readonly frameRate: number | undefined
  /** Ticks per second of this track's packets: always 90 000. */
  readonly timescale: Timescale
  /** The codec's configuration record: for `h264` an AVCDecoderConfigurationRecord (avcC payload). */
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
  /** Samples in one packet: 1024 for AAC-LC. */
  readonly samplesPerPacket: number
  /** Ticks per second of this track's packets: its sample rate. */
  readonly timescale: Timescale
  /** The codec's configuration record: for `aac` an AudioSpecificConfig. */
  readonly config: Uint8Array
}

export type Track = VideoTrack | AudioTrack
