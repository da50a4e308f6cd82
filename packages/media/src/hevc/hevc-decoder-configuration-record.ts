import { BitReader, ByteReader, ProtocolError } from '@sluice/core'
import { readStructure, type Structure } from '../bits/structure.ts'
import type { NalLengthSize } from '../h264/nal-unit.ts'
import { type ProfileTierLevel, readProfileTierLevel } from './profile-tier-level.ts'

/** The decoder configuration that FLV sends as HEVC sequence start and MP4 keeps in `hvcC`. */
export interface HevcDecoderConfigurationRecord {
  readonly profileTierLevel: ProfileTierLevel
  /** `chroma_format_idc`: 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chromaFormat: number
  readonly bitDepthLuma: number
  readonly bitDepthChroma: number
  readonly nalLengthSize: NalLengthSize
  readonly arrays: readonly HevcNalUnitArray[]
}

/** NAL units of one type: parameter sets, or SEI that holds for the whole stream. */
export interface HevcNalUnitArray {
  /** True when no further ones come within the stream. Encoders are not careful with it. */
  readonly complete: boolean
  /** `nal_unit_type`. */
  readonly type: number
  /** NAL units with their two header bytes, without length. */
  readonly nalUnits: readonly Uint8Array[]
}

const RECORD: Structure = {
  name: 'an HEVC configuration record',
  code: 'media.hevc.config',
  spec: 'ISO/IEC 14496-15 §8.3.3.1',
}

/** Bytes of the general part of profile_tier_level(). */
const PROFILE_TIER_LEVEL_SIZE = 12

/**
 * Reads an HEVCDecoderConfigurationRecord. Reserved bits are not checked, bytes behind the arrays are left alone.
 *
 * @param bytes - the whole record: payload of `hvcC`, or an HEVC sequence start behind its tag header.
 * @returns NAL units are views of `bytes`.
 * @throws {ProtocolError} `media.hevc.config_truncated`, `media.hevc.config_version`,
 *   `media.hevc.nal_length_size`.
 * @see ISO/IEC 14496-15 §8.3.3.1
 */
export function readHevcDecoderConfigurationRecord(bytes: Uint8Array): HevcDecoderConfigurationRecord {
  return readStructure(RECORD, bytes.length, () => readRecord(new ByteReader(bytes)))
}

function readRecord(reader: ByteReader): HevcDecoderConfigurationRecord {
  const version = reader.u8()
  if (version !== 1) {
    throw new ProtocolError(
      'media.hevc.config_version',
      `an HEVC configuration record has version 1, not ${version}`,
      { details: { version }, spec: RECORD.spec },
    )
  }
  const profileTierLevel = readProfileTierLevel(new BitReader(reader.bytes(PROFILE_TIER_LEVEL_SIZE)))
  reader.skip(2) // min_spatial_segmentation_idc
  reader.skip(1) // parallelismType
  const chromaFormat = reader.u8() & 0x03
  const bitDepthLuma = (reader.u8() & 0x07) + 8
  const bitDepthChroma = (reader.u8() & 0x07) + 8
  reader.skip(2) // avgFrameRate
  const nalLengthSize = readNalLengthSize(reader)
  const arrays = Array.from({ length: reader.u8() }, () => readArray(reader))
  return { profileTierLevel, chromaFormat, bitDepthLuma, bitDepthChroma, nalLengthSize, arrays }
}

/** The lowest two bits of a byte that also counts the temporal layers. */
function readNalLengthSize(reader: ByteReader): NalLengthSize {
  const size = (reader.u8() & 0x03) + 1
  if (size === 1 || size === 2 || size === 4) return size
  throw new ProtocolError(
    'media.hevc.nal_length_size',
    `NAL unit lengths have 1, 2 or 4 bytes, not ${size}`,
    { details: { size }, spec: RECORD.spec },
  )
}

function readArray(reader: ByteReader): HevcNalUnitArray {
  const header = reader.u8()
  const count = reader.u16be()
  const nalUnits: Uint8Array[] = []
  for (let i = 0; i < count; i++) nalUnits.push(reader.bytes(reader.u16be()))
  return { complete: header >= 0x80, type: header & 0x3f, nalUnits }
}
