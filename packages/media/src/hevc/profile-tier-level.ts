import type { BitReader } from '@sluice/core'

/** What a decoder must be able to do: the twelve bytes that SPS and configuration record both begin with. */
export interface ProfileTierLevel {
  /** `general_profile_space`: 0, or 1 to 3 for other rules than those known today. */
  readonly profileSpace: number
  /** `general_tier_flag`: the tier with the higher bit rates. */
  readonly highTier: boolean
  /** `general_profile_idc`: 1 Main, 2 Main 10, 3 Main Still Picture, 4 range extensions. */
  readonly profile: number
  /** `general_profile_compatibility_flag` 0 in the highest of 32 bits. */
  readonly compatibility: number
  /** The six bytes from `general_progressive_source_flag` on. */
  readonly constraints: readonly number[]
  /** `general_level_idc`: thirty times the level. */
  readonly level: number
}

/** Bits of a sub-layer's profile, and of its level. */
const SUB_LAYER_PROFILE_BITS = 88
const SUB_LAYER_LEVEL_BITS = 8
/** Sub-layers that have flags when there is more than one layer at all. */
const SUB_LAYER_FLAGS = 8

/**
 * Reads the general part of profile_tier_level(), which an HEVCDecoderConfigurationRecord repeats.
 *
 * @see ITU-T H.265 §7.3.3
 */
export function readProfileTierLevel(reader: BitReader): ProfileTierLevel {
  return {
    profileSpace: reader.bits(2),
    highTier: reader.flag(),
    profile: reader.bits(5),
    compatibility: reader.bits(32),
    constraints: Array.from({ length: 6 }, () => reader.bits(8)),
    level: reader.bits(8),
  }
}

/**
 * Passes over what profile_tier_level() says of the sub-layers, behind its general part.
 *
 * @param subLayers - 0 to 6: how many there are besides the highest (`sps_max_sub_layers_minus1`).
 */
export function skipSubLayers(reader: BitReader, subLayers: number): void {
  if (subLayers === 0) return
  let bits = 0
  for (let layer = 0; layer < SUB_LAYER_FLAGS; layer++) {
    const hasProfile = reader.flag()
    const hasLevel = reader.flag()
    if (layer >= subLayers) continue
    bits += (hasProfile ? SUB_LAYER_PROFILE_BITS : 0) + (hasLevel ? SUB_LAYER_LEVEL_BITS : 0)
  }
  reader.skip(bits)
}
