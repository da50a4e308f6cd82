import { VIDEO_TIMESCALE } from '@sluice/core'
import type { VideoTrack } from '../track.ts'
import { readVp9FrameHeader } from './frame-header.ts'
import { lowestVpLevel } from './level.ts'
import { readVpCodecConfigurationRecord } from './vp-codec-configuration-record.ts'

/**
 * Describes a VP9 video: its size comes from a keyframe, because the configuration record does not tell it,
 * the codec string from the record, as players read it. Samples are square and the frame rate unknown: VP9
 * says nothing of either.
 *
 * @param vpcC - a VPCodecConfigurationRecord without version and flags; kept as `config`, not copied.
 * @param keyframe - a keyframe or an intra-only frame; only read.
 * @throws {ProtocolError} the codes of `readVpCodecConfigurationRecord` and `readVp9FrameHeader`.
 */
export function vp9Track(vpcC: Uint8Array, keyframe: Uint8Array): VideoTrack {
  const record = readVpCodecConfigurationRecord(vpcC)
  const { width, height } = readVp9FrameHeader(keyframe)
  const level = record.level === 0 ? lowestVpLevel(width, height) : record.level
  return {
    kind: 'video',
    codec: 'vp9',
    codecString: vpCodecString('vp09', { profile: record.profile, level, bitDepth: record.bitDepth }),
    width,
    height,
    pixelAspectRatio: [1, 1],
    frameRate: undefined,
    timescale: VIDEO_TIMESCALE,
    config: vpcC,
  }
}

/**
 * RFC 6381 codec string of VP8 and VP9, for example `vp09.00.21.08`: profile, ten times the level, bit depth.
 *
 * @see VP Codec ISO Media File Format Binding v1.0, Codecs Parameter String
 */
export function vpCodecString(
  sampleEntry: 'vp08' | 'vp09',
  { profile, level, bitDepth }: { profile: number; level: number; bitDepth: number },
): string {
  return [sampleEntry, ...[profile, level, bitDepth].map((value) => value.toString().padStart(2, '0'))].join(
    '.',
  )
}
