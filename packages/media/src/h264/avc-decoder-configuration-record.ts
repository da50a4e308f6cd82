import { ByteReader, ByteWriter, ProtocolError, StateError } from '@sluice/core'
import { readStructure, type Structure } from '../bits/structure.ts'
import type { NalLengthSize } from './nal-unit.ts'

/** What an AVCDecoderConfigurationRecord adds for the High profiles. */
export interface HighProfileExtension {
  /** 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chromaFormat: number
  readonly bitDepthLuma: number
  readonly bitDepthChroma: number
  readonly sequenceParameterSetExtensions: readonly Uint8Array[]
}

/** The decoder configuration that FLV sends as AVC sequence header and MP4 keeps in `avcC`. */
export interface AvcDecoderConfigurationRecord {
  /** AVCProfileIndication: `profile_idc` of the SPS. */
  readonly profile: number
  /** The byte between `profile_idc` and `level_idc` of the SPS: constraint_set flags. */
  readonly profileCompatibility: number
  /** AVCLevelIndication: ten times the level, 31 for level 3.1. */
  readonly level: number
  readonly nalLengthSize: NalLengthSize
  /** NAL units with their header byte, without length. */
  readonly sequenceParameterSets: readonly Uint8Array[]
  readonly pictureParameterSets: readonly Uint8Array[]
  /** Undefined for Baseline, Main and Extended, and where the sender left it out, as many do. */
  readonly highProfileExtension: HighProfileExtension | undefined
}

const SPEC = 'ISO/IEC 14496-15 §5.3.3.1'
const RECORD: Structure = { name: 'an H.264 configuration record', code: 'media.h264.config', spec: SPEC }

/** Baseline, Main and Extended: their records end with the picture parameter sets. */
const PROFILES_WITHOUT_EXTENSION: readonly number[] = [66, 77, 88]

/**
 * Reads an AVCDecoderConfigurationRecord.
 *
 * Reserved bits are not checked (some encoders clear them). Bytes behind the parameter sets are read as the
 * High profile extension where they form one and ignored otherwise, as decoders do.
 *
 * @param bytes - the whole record: payload of `avcC`, or an AVC sequence header behind its 5-byte tag header.
 * @returns parameter sets are views of `bytes`.
 * @throws {ProtocolError} `media.h264.config_truncated`, `media.h264.config_version`,
 *   `media.h264.nal_length_size`.
 * @see ISO/IEC 14496-15 §5.3.3.1
 */
export function readAvcDecoderConfigurationRecord(bytes: Uint8Array): AvcDecoderConfigurationRecord {
  return readStructure(RECORD, bytes.length, () => readRecord(new ByteReader(bytes)))
}

function readRecord(reader: ByteReader): AvcDecoderConfigurationRecord {
  const version = reader.u8()
  if (version !== 1) {
    throw new ProtocolError(
      'media.h264.config_version',
      `an H.264 configuration record has version 1, not ${version}`,
      { details: { version }, spec: SPEC },
    )
  }
  const profile = reader.u8()
  const profileCompatibility = reader.u8()
  const level = reader.u8()
  const nalLengthSize = readNalLengthSize(reader)
  const sequenceParameterSets = readParameterSets(reader, reader.u8() & 0x1f)
  const pictureParameterSets = readParameterSets(reader, reader.u8())
  const highProfileExtension = PROFILES_WITHOUT_EXTENSION.includes(profile)
    ? undefined
    : readHighProfileExtension(reader.rest())
  return {
    profile,
    profileCompatibility,
    level,
    nalLengthSize,
    sequenceParameterSets,
    pictureParameterSets,
    highProfileExtension,
  }
}

function readNalLengthSize(reader: ByteReader): NalLengthSize {
  const size = (reader.u8() & 0x03) + 1
  if (size === 1 || size === 2 || size === 4) return size
  throw new ProtocolError(
    'media.h264.nal_length_size',
    `NAL unit lengths have 1, 2 or 4 bytes, not ${size}`,
    {
      details: { size },
      spec: SPEC,
    },
  )
}

function readParameterSets(reader: ByteReader, count: number): Uint8Array[] {
  const sets: Uint8Array[] = []
  for (let i = 0; i < count; i++) sets.push(reader.bytes(reader.u16be()))
  return sets
}

function readHighProfileExtension(rest: Uint8Array): HighProfileExtension | undefined {
  const reader = new ByteReader(rest)
  if (reader.remaining < 4) return undefined
  const chromaFormat = reader.u8() & 0x03
  const bitDepthLuma = (reader.u8() & 0x07) + 8
  const bitDepthChroma = (reader.u8() & 0x07) + 8
  const sequenceParameterSetExtensions: Uint8Array[] = []
  for (let count = reader.u8(); count > 0; count--) {
    if (reader.remaining < 2) return undefined
    const length = reader.u16be()
    if (reader.remaining < length) return undefined
    sequenceParameterSetExtensions.push(reader.bytes(length))
  }
  return { chromaFormat, bitDepthLuma, bitDepthChroma, sequenceParameterSetExtensions }
}

/**
 * Writes an AVCDecoderConfigurationRecord, reserved bits set as the standard wants them.
 *
 * @throws {StateError} `core.bytes.out_of_range` or `media.h264.config_unwritable` for a value its field
 *   cannot hold: more than 31 SPS, a bit depth outside 8 to 15, an extension on a profile that has none.
 * @see ISO/IEC 14496-15 §5.3.3.1
 */
export function writeAvcDecoderConfigurationRecord(record: AvcDecoderConfigurationRecord): Uint8Array {
  const writer = new ByteWriter(64)
  writer.u8(1).u8(record.profile).u8(record.profileCompatibility).u8(record.level)
  writer.u8(0xfc | (record.nalLengthSize - 1))
  writer.u8(0xe0 | bits(record.sequenceParameterSets.length, 31, 'number of SPS'))
  writeParameterSets(writer, record.sequenceParameterSets)
  writer.u8(record.pictureParameterSets.length)
  writeParameterSets(writer, record.pictureParameterSets)
  const extension = record.highProfileExtension
  if (extension === undefined) return writer.finish()
  if (PROFILES_WITHOUT_EXTENSION.includes(record.profile)) {
    throw new StateError('media.h264.config_unwritable', `profile ${record.profile} has no High extension`)
  }
  writer.u8(0xfc | bits(extension.chromaFormat, 3, 'chroma format'))
  writer.u8(0xf8 | bits(extension.bitDepthLuma - 8, 7, 'luma bit depth minus 8'))
  writer.u8(0xf8 | bits(extension.bitDepthChroma - 8, 7, 'chroma bit depth minus 8'))
  writer.u8(extension.sequenceParameterSetExtensions.length)
  writeParameterSets(writer, extension.sequenceParameterSetExtensions)
  return writer.finish()
}

function writeParameterSets(writer: ByteWriter, sets: readonly Uint8Array[]): void {
  for (const set of sets) writer.u16be(set.length).bytes(set)
}

function bits(value: number, max: number, field: string): number {
  if (Number.isInteger(value) && value >= 0 && value <= max) return value
  throw new StateError('media.h264.config_unwritable', `${field}: ${value} is outside 0 to ${max}`)
}
