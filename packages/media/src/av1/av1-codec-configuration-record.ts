import { ByteReader, ProtocolError } from '@sluice/core'
import { readStructure, type Structure } from '../bits/structure.ts'

/** The decoder configuration that FLV sends as AV1 sequence start and MP4 keeps in `av1C`. */
export interface Av1CodecConfigurationRecord {
  /** `seq_profile`: 0 Main, 1 High, 2 Professional. */
  readonly profile: number
  /** `seq_level_idx_0`: 8 is level 4.0, four a step; 31 has no limits. */
  readonly level: number
  /** `seq_tier_0`. */
  readonly highTier: boolean
  readonly bitDepth: 8 | 10 | 12
  readonly monochrome: boolean
  readonly subsamplingX: boolean
  readonly subsamplingY: boolean
  /** `chroma_sample_position`: 0 unknown, 1 vertical, 2 colocated. */
  readonly chromaSamplePosition: number
  /** OBUs for the whole stream, usually the sequence header; may be empty. */
  readonly configObus: Uint8Array
}

const RECORD: Structure = {
  name: 'an AV1 configuration record',
  code: 'media.av1.config',
  spec: 'AV1 in ISOBMFF §2.3.3',
}

/** Marker bit and version 1. */
const MARKER_AND_VERSION = 0x81

/**
 * Reads an AV1CodecConfigurationRecord.
 *
 * @param bytes - the whole record: payload of `av1C`, or an AV1 sequence start behind its tag header.
 * @returns `configObus` is a view of `bytes`.
 * @throws {ProtocolError} `media.av1.config_truncated`, `media.av1.config_version`.
 * @see AV1 in ISOBMFF §2.3.3
 */
export function readAv1CodecConfigurationRecord(bytes: Uint8Array): Av1CodecConfigurationRecord {
  return readStructure(RECORD, bytes.length, () => readRecord(new ByteReader(bytes)))
}

function readRecord(reader: ByteReader): Av1CodecConfigurationRecord {
  const first = reader.u8()
  if (first !== MARKER_AND_VERSION) {
    throw new ProtocolError(
      'media.av1.config_version',
      `an AV1 configuration record begins with ${MARKER_AND_VERSION}, not ${first}`,
      { details: { first }, spec: RECORD.spec },
    )
  }
  const profileAndLevel = reader.u8()
  const format = reader.u8()
  reader.skip(1) // initial_presentation_delay
  const has = (bit: number): boolean => (format & bit) !== 0
  return {
    profile: profileAndLevel >> 5,
    level: profileAndLevel & 0x1f,
    highTier: has(0x80),
    bitDepth: has(0x40) ? (has(0x20) ? 12 : 10) : 8,
    monochrome: has(0x10),
    subsamplingX: has(0x08),
    subsamplingY: has(0x04),
    chromaSamplePosition: format & 0x03,
    configObus: reader.rest(),
  }
}
