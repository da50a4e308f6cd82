import type { AudioCodec } from '@sluice/media'
import type { ChannelLayout } from './channel-layout.ts'
import type { MultitrackBody } from './multitrack.ts'
import type { UnsupportedBody } from './unsupported-body.ts'

/** A decoder configuration: applies to the frames behind it. May repeat, unchanged or new. */
export interface AudioConfigBody {
  readonly type: 'config'
  readonly codec: AudioCodec
  /**
   * A view of the payload, not looked into: an AudioSpecificConfig (AAC), an OpusHead with its magic or
   * nothing (Opus), a STREAMINFO block's 34 bytes (FLAC); empty for AC-3, E-AC-3 and MP3.
   */
  readonly record: Uint8Array
}

/** One message's worth of coded sound: one frame from every sender seen. */
export interface AudioFrameBody {
  readonly type: 'frame'
  readonly codec: AudioCodec
  /** 0 to 999 999, to be added to the message's timestamp; 0 from nearly every sender. */
  readonly nanoseconds: number
  /**
   * At least one byte, a view of the payload: a raw_data_block without ADTS (AAC), a packet (Opus), a frame
   * with its header (FLAC, AC-3, E-AC-3, MP3).
   */
  readonly data: Uint8Array
}

/** The encoder has ended its sequence; a new configuration may follow. */
export interface AudioEndBody {
  readonly type: 'end'
  readonly codec: AudioCodec
}

/** Which loudspeakers the channels are for; ffmpeg sends it beside AAC in legacy messages too. */
export interface AudioChannelsBody {
  readonly type: 'channels'
  readonly codec: AudioCodec
  readonly layout: ChannelLayout
}

/** A message without sound in it: no bytes at all, or a header with nothing behind. Legal; seen from Flash. */
export interface AudioSilenceBody {
  readonly type: 'silence'
}

/** What a message says about one audio track. */
export type SingleAudioBody =
  | AudioConfigBody
  | AudioFrameBody
  | AudioEndBody
  | AudioChannelsBody
  | AudioSilenceBody
  | UnsupportedBody

export type AudioBody = SingleAudioBody | MultitrackBody<SingleAudioBody>

/** What an audio message is, told without making anything. */
export type AudioKind = 'config' | 'frame' | 'other'

export const AUDIO_SILENCE: AudioSilenceBody = Object.freeze({ type: 'silence' })
