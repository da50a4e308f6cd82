import { VIDEO_TIMESCALE } from '@sluice/core'
import { type ColourDescription, dynamicRange, specified } from '../colour.ts'
import type { VideoTrack } from '../track.ts'
import { readVp9FrameHeader } from './frame-header.ts'
import { lowestVpLevel } from './level.ts'
import {
  readVpCodecConfigurationRecord,
  type VpCodecConfigurationRecord,
} from './vp-codec-configuration-record.ts'

/**
 * Describes a VP9 video: its size comes from a keyframe, because the configuration record does not tell it,
 * codec string and colours from the record, as players read it. Samples are square and the frame rate unknown:
 * VP9 says nothing of either.
 *
 * @param vpcC - a VPCodecConfigurationRecord without version and flags; kept as `config`, not copied.
 * @param keyframe - a keyframe or an intra-only frame; only read.
 * @throws {ProtocolError} the codes of `readVpCodecConfigurationRecord` and `readVp9FrameHeader`.
 */
export function vp9Track(vpcC: Uint8Array, keyframe: Uint8Array): VideoTrack {
  const record = readVpCodecConfigurationRecord(vpcC)
  const { width, height } = readVp9FrameHeader(keyframe)
  const description = specified({ ...record.colour, fullRange: record.fullRange })
  const level = record.level === 0 ? lowestVpLevel(width, height) : record.level
  return {
    kind: 'video',
    codec: 'vp9',
    codecString: vp9CodecString({ ...record, level }, description),
    width,
    height,
    pixelAspectRatio: [1, 1],
    frameRate: undefined,
    ...(description === undefined ? {} : { colour: { description } }),
    timescale: VIDEO_TIMESCALE,
    config: vpcC,
  }
}

/** Where the pictures are of a high dynamic range, how colours are stored is said too: left out, BT.709 is assumed. */
function vp9CodecString(
  record: VpCodecConfigurationRecord,
  description: ColourDescription | undefined,
): string {
  const short = vpCodecString('vp09', record)
  if (description === undefined || dynamicRange(description) === 'SDR') return short
  const { primaries, transfer, matrix, fullRange } = description
  const colours = [record.chromaSubsampling, primaries, transfer, matrix, Number(fullRange)]
  return [short, ...colours.map(twoDigits)].join('.')
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
  return [sampleEntry, ...[profile, level, bitDepth].map(twoDigits)].join('.')
}

function twoDigits(value: number): string {
  return value.toString().padStart(2, '0')
}
