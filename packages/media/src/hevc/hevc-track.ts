import { ProtocolError, VIDEO_TIMESCALE } from '@sluice/core'
import type { VideoColour } from '../colour.ts'
import { frameRateOf } from '../frame-rate.ts'
import type { VideoTrack } from '../track.ts'
import {
  type HevcDecoderConfigurationRecord,
  readHevcDecoderConfigurationRecord,
} from './hevc-decoder-configuration-record.ts'
import { HevcNalUnitType } from './nal-unit.ts'
import type { ProfileTierLevel } from './profile-tier-level.ts'
import { type HevcSequenceParameterSet, readHevcSequenceParameterSet } from './sequence-parameter-set.ts'
import { readHevcLight } from './supplemental-enhancement-information.ts'
import type { HevcVideoUsabilityInformation } from './video-usability-information.ts'

/** What a decoder needs before the first picture; `hvc1` allows them nowhere but in the record. */
const PARAMETER_SETS = [
  { name: 'VPS', type: HevcNalUnitType.videoParameterSet, code: 'media.hevc.no_vps' },
  { name: 'SPS', type: HevcNalUnitType.sequenceParameterSet, code: 'media.hevc.no_sps' },
  { name: 'PPS', type: HevcNalUnitType.pictureParameterSet, code: 'media.hevc.no_pps' },
] as const

/** `general_profile_space` 0 to 3, as codec strings write it. */
const PROFILE_SPACES = ['', 'A', 'B', 'C'] as const

/**
 * Describes the video that an HEVC configuration record announces. Size, aspect ratio, frame rate and colours
 * come from its first SPS and its SEI messages, the codec string from the record's own profile, tier and level, as
 * players read it.
 *
 * @param hvcC - an HEVCDecoderConfigurationRecord; kept as `config`, not copied.
 * @throws {ProtocolError} `media.hevc.no_vps`, `media.hevc.no_sps`, `media.hevc.no_pps`, and the codes of
 *   `readHevcDecoderConfigurationRecord` and `readHevcSequenceParameterSet`.
 */
export function hevcTrack(hvcC: Uint8Array): VideoTrack {
  const record = readHevcDecoderConfigurationRecord(hvcC)
  for (const { name, type, code } of PARAMETER_SETS) {
    if (firstOf(record, type) !== undefined) continue
    throw new ProtocolError(code, `an HEVC configuration record without a ${name} decodes nothing`)
  }
  const sps = firstHevcSequenceParameterSet(record)
  const colour = colourOf(record, sps)
  return {
    kind: 'video',
    codec: 'hevc',
    codecString: hevcCodecString(record.profileTierLevel),
    width: sps.width,
    height: sps.height,
    pixelAspectRatio: sps.vui?.sampleAspectRatio ?? [1, 1],
    frameRate: frameRate(sps.vui),
    ...(colour === undefined ? {} : { colour }),
    timescale: VIDEO_TIMESCALE,
    config: hvcC,
  }
}

/**
 * The first SPS of a record, read.
 *
 * @throws {ProtocolError} `media.hevc.no_sps`, and the codes of `readHevcSequenceParameterSet`.
 */
export function firstHevcSequenceParameterSet(
  record: HevcDecoderConfigurationRecord,
): HevcSequenceParameterSet {
  const sps = firstOf(record, HevcNalUnitType.sequenceParameterSet)
  if (sps !== undefined) return readHevcSequenceParameterSet(sps)
  throw new ProtocolError('media.hevc.no_sps', 'an HEVC configuration record without an SPS decodes nothing')
}

/** What the SPS describes, and the light that SEI messages in the record tell of. */
function colourOf(
  record: HevcDecoderConfigurationRecord,
  sps: HevcSequenceParameterSet,
): VideoColour | undefined {
  let colour: VideoColour = sps.vui?.colour === undefined ? {} : { description: sps.vui.colour }
  for (const { type, nalUnits } of record.arrays) {
    if (type !== HevcNalUnitType.prefixSei) continue
    for (const nalUnit of nalUnits) colour = { ...colour, ...readHevcLight(nalUnit) }
  }
  return Object.keys(colour).length === 0 ? undefined : colour
}

function firstOf(record: HevcDecoderConfigurationRecord, type: number): Uint8Array | undefined {
  return record.arrays.find((array) => array.type === type && array.nalUnits.length > 0)?.nalUnits[0]
}

/**
 * RFC 6381 codec string of parameter sets kept in the sample entry, for example `hvc1.1.6.L93.B0`: profile,
 * compatibility flags with the first one in the lowest bit, tier and level, constraint bytes as far as the
 * last that is not 0. Numbers other than profile and level are hexadecimal without leading zeros.
 *
 * @see ISO/IEC 14496-15 §E.3
 */
export function hevcCodecString(profileTierLevel: ProfileTierLevel): string {
  const { profileSpace, profile, compatibility, highTier, level, constraints } = profileTierLevel
  const constrained = constraints.slice(0, constraints.findLastIndex((byte) => byte !== 0) + 1)
  return [
    'hvc1',
    `${PROFILE_SPACES[profileSpace]}${profile}`,
    hexadecimal(reversed(compatibility)),
    `${highTier ? 'H' : 'L'}${level}`,
    ...constrained.map(hexadecimal),
  ].join('.')
}

function hexadecimal(value: number): string {
  return value.toString(16).toUpperCase()
}

/** 32 bits, the lowest first. */
function reversed(bits: number): number {
  let result = 0
  for (let i = 0; i < 32; i++) result = result * 2 + ((bits >>> i) & 1)
  return result
}

/** A frame is one coded picture, or two where pictures are fields. */
function frameRate(vui: HevcVideoUsabilityInformation | undefined): number | undefined {
  if (vui?.timing === undefined) return undefined
  return frameRateOf(vui.timing.timeScale, vui.timing.numUnitsInTick * (vui.fields ? 2 : 1))
}
