import { ByteReader, ProtocolError } from '@sluice/core'
import { readStructure, type Structure } from '../bits/structure.ts'

/** The decoder configuration that FLV sends as VP9 sequence start and MP4 keeps in `vpcC`. */
export interface VpCodecConfigurationRecord {
  /** 0 8 bits 4:2:0, 1 8 bits 4:2:2 to 4:4:4, 2 and 3 the same with 10 or 12 bits. */
  readonly profile: number
  /** Ten times the level; 0 when the sender does not know it. */
  readonly level: number
  readonly bitDepth: number
  /** 0 and 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chromaSubsampling: number
  readonly fullRange: boolean
  /** Code points of ITU-T H.273; 2 is "unspecified". */
  readonly colour: { readonly primaries: number; readonly transfer: number; readonly matrix: number }
}

const RECORD: Structure = {
  name: 'a VP9 configuration record',
  code: 'media.vp9.config',
  spec: 'VP Codec ISO Media File Format Binding v1.0, VPCodecConfigurationRecord',
}

/**
 * Reads a VPCodecConfigurationRecord.
 *
 * @param bytes - without the four bytes of version and flags that stand before it in `vpcC` and in FLV.
 * @throws {ProtocolError} `media.vp9.config_truncated`, `media.vp9.config_invalid` for a profile or a bit
 *   depth that does not exist: so ends a record with version and flags still before it.
 * @see VP Codec ISO Media File Format Binding v1.0
 */
export function readVpCodecConfigurationRecord(bytes: Uint8Array): VpCodecConfigurationRecord {
  return readStructure(RECORD, bytes.length, () => readRecord(new ByteReader(bytes)))
}

function readRecord(reader: ByteReader): VpCodecConfigurationRecord {
  const profile = reader.u8()
  const level = reader.u8()
  const format = reader.u8()
  const bitDepth = format >> 4
  if (profile > 3 || ![8, 10, 12].includes(bitDepth)) {
    throw new ProtocolError(
      'media.vp9.config_invalid',
      `VP9 has profiles 0 to 3 with 8, 10 or 12 bits, not profile ${profile} with ${bitDepth}`,
      { details: { profile, bitDepth }, spec: RECORD.spec },
    )
  }
  const colour = { primaries: reader.u8(), transfer: reader.u8(), matrix: reader.u8() }
  reader.u16be() // codecInitializationDataSize: always 0 for VP8 and VP9
  return {
    profile,
    level,
    bitDepth,
    chromaSubsampling: (format >> 1) & 0x07,
    fullRange: (format & 0x01) !== 0,
    colour,
  }
}
