import { assertNever } from '@sluice/core'
import { readAudioSpecificConfig } from './aac/audio-specific-config.ts'
import { readAvcDecoderConfigurationRecord } from './h264/avc-decoder-configuration-record.ts'
import { firstSequenceParameterSet } from './h264/h264-track.ts'
import type { Track, VideoTrack } from './track.ts'

/** `profile_idc` of Baseline, Main and High. Extended (88) and the profiles above High have no decoders there. */
const BROWSER_PROFILES: readonly number[] = [66, 77, 100]

/**
 * Whether every common browser plays a track as it is, so that it may be passed through without encoding.
 *
 * - H.264: Baseline, Main or High with 8 bits and 4:2:0; progressive or interlaced.
 * - AAC: Low Complexity, HE-AAC and HE-AAC v2 with frames of 1024 samples, at most 8 channels.
 * - everything else: no.
 *
 * @throws {ProtocolError} and {UnsupportedError} when `config` is no record of the track's codec; never for
 *   a track made by `h264Track` or `aacTrack`.
 */
export function playsInBrowsers(track: Track): boolean {
  switch (track.codec) {
    case 'h264':
      return h264PlaysInBrowsers(track)
    case 'aac':
      return readAudioSpecificConfig(track.config).frameLength === 1024 && track.channels <= 8
    case 'hevc':
    case 'av1':
    case 'vp9':
    case 'vp8':
    case 'opus':
    case 'flac':
    case 'ac3':
    case 'eac3':
    case 'mp3':
      return false
    default:
      return assertNever(track)
  }
}

function h264PlaysInBrowsers(track: VideoTrack): boolean {
  const record = readAvcDecoderConfigurationRecord(track.config)
  const sps = firstSequenceParameterSet(record)
  return (
    BROWSER_PROFILES.includes(record.profile) &&
    BROWSER_PROFILES.includes(sps.profile) &&
    sps.chromaFormat === 1 &&
    sps.bitDepthLuma === 8 &&
    sps.bitDepthChroma === 8
  )
}
