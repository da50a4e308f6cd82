import { assertNever } from '@sluice/core'
import { readAudioSpecificConfig } from './aac/audio-specific-config.ts'
import { readAv1CodecConfigurationRecord } from './av1/av1-codec-configuration-record.ts'
import { readAvcDecoderConfigurationRecord } from './h264/avc-decoder-configuration-record.ts'
import { firstSequenceParameterSet } from './h264/h264-track.ts'
import { readHevcDecoderConfigurationRecord } from './hevc/hevc-decoder-configuration-record.ts'
import { firstHevcSequenceParameterSet } from './hevc/hevc-track.ts'
import { readOpusHead } from './opus/opus-head.ts'
import type { Track, VideoTrack } from './track.ts'
import { readVpCodecConfigurationRecord } from './vp9/vp-codec-configuration-record.ts'

/** Which of the browsers in common use play a track as it is, in MP4. */
export type BrowserSupport =
  /** Every one: it may be passed through alone. */
  | 'all'
  /** Those with a decoder for it: it may be passed through beside something that all play. */
  | 'some'
  /** None that matters: it has to be encoded anew. */
  | 'none'

/** `profile_idc` of Baseline, Main and High. Extended (88) and the profiles above High have no decoders there. */
const H264_PROFILES: readonly number[] = [66, 77, 100]
/** `general_profile_idc` of Main and Main 10. */
const HEVC_PROFILES: readonly number[] = [1, 2]
/** `seq_profile` of AV1 Main. */
const AV1_MAIN = 0
/** VP9 with 4:2:0, of 8 and of more bits. */
const VP9_PROFILES: readonly number[] = [0, 2]
const CHROMA_420 = 1
/** Mono, stereo and surround sound; the other families are ambisonics or have no meaning for their channels. */
const OPUS_FAMILIES: readonly number[] = [0, 1]
/** What browsers' audio outputs go up to. */
const MAX_CHANNELS = 8
/** Samples in an MP4 sample of E-AC-3: six blocks, however the encoder sent them. */
const EAC3_SAMPLES = 1536

/**
 * How far browsers play a track as it is.
 *
 * - `all`: H.264 Baseline, Main or High with 8 bits and 4:2:0, progressive or interlaced. AAC Low Complexity,
 *   HE-AAC and HE-AAC v2 with frames of 1024 samples, at most 8 channels.
 * - `some`: HEVC Main and Main 10, not coded as fields; AV1 Main; VP9 profile 0, and 2 with 10 bits. Opus of
 *   mapping family 0 or 1, FLAC, AC-3, and E-AC-3 with 1536 samples a packet, at most 8 channels each.
 * - `none`: VP8 and MP3, for which browsers have decoders but none behind MP4, and everything else.
 *
 * @throws {ProtocolError} and {UnsupportedError} when `config` is no record of the track's codec; never for
 *   a track made by a function of this package.
 */
export function browserSupport(track: Track): BrowserSupport {
  switch (track.codec) {
    case 'h264':
      return isCommonH264(track) ? 'all' : 'none'
    case 'aac':
      return readAudioSpecificConfig(track.config).frameLength === 1024 && track.channels <= MAX_CHANNELS
        ? 'all'
        : 'none'
    case 'hevc':
      return isCommonHevc(track) ? 'some' : 'none'
    case 'av1':
      return readAv1CodecConfigurationRecord(track.config).profile === AV1_MAIN ? 'some' : 'none'
    case 'vp9':
      return isCommonVp9(track) ? 'some' : 'none'
    case 'opus':
      return track.channels <= MAX_CHANNELS &&
        OPUS_FAMILIES.includes(readOpusHead(track.config).mapping?.family ?? 0)
        ? 'some'
        : 'none'
    case 'flac':
    case 'ac3':
      return 'some'
    case 'eac3':
      return track.samplesPerPacket === EAC3_SAMPLES && track.channels <= MAX_CHANNELS ? 'some' : 'none'
    case 'vp8':
    case 'mp3':
      return 'none'
    default:
      return assertNever(track)
  }
}

function isCommonH264(track: VideoTrack): boolean {
  const record = readAvcDecoderConfigurationRecord(track.config)
  const sps = firstSequenceParameterSet(record)
  return (
    H264_PROFILES.includes(record.profile) &&
    H264_PROFILES.includes(sps.profile) &&
    sps.chromaFormat === CHROMA_420 &&
    sps.bitDepthLuma === 8 &&
    sps.bitDepthChroma === 8
  )
}

function isCommonHevc(track: VideoTrack): boolean {
  const record = readHevcDecoderConfigurationRecord(track.config)
  const sps = firstHevcSequenceParameterSet(record)
  return (
    record.profileTierLevel.profileSpace === 0 &&
    HEVC_PROFILES.includes(record.profileTierLevel.profile) &&
    HEVC_PROFILES.includes(sps.profileTierLevel.profile) &&
    sps.chromaFormat === CHROMA_420 &&
    Math.max(sps.bitDepthLuma, sps.bitDepthChroma) <= 10 &&
    sps.vui?.fields !== true
  )
}

function isCommonVp9(track: VideoTrack): boolean {
  const { profile, bitDepth } = readVpCodecConfigurationRecord(track.config)
  return VP9_PROFILES.includes(profile) && bitDepth <= 10
}
