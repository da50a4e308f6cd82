import { BitReader, ProtocolError, StateError, UnsupportedError } from '@sluice/core'
import { BitWriter } from '../bits/bit-writer.ts'
import { readStructure, type Structure } from '../bits/structure.ts'
import { channelsOf, readProgramConfigElement } from './channels.ts'

/** Audio object types with a name here (ISO/IEC 14496-3 table 1.17). */
export const AudioObjectType = {
  lowComplexity: 2,
  /** Spectral band replication: HE-AAC. */
  spectralBandReplication: 5,
  /** SBR with parametric stereo: HE-AAC v2. */
  parametricStereo: 29,
} as const

/** How a config tells that SBR is there. */
export type SbrSignalling =
  /** Object type 5 or 29 stands first: a decoder without SBR refuses the stream. */
  | 'hierarchical'
  /** Object type 2 stands first, a sync extension behind it: a decoder without SBR plays the lower half. */
  | 'backward-compatible'

/** Spectral band replication, as a config announces it. */
export interface SpectralBandReplication {
  readonly signalling: SbrSignalling
  /** Hz behind the SBR decoder: usually twice the core's rate. */
  readonly sampleRate: number
  readonly parametricStereo: boolean
}

/** The decoder configuration of an AAC Low Complexity stream, with or without SBR and parametric stereo. */
export interface AudioSpecificConfig {
  /** Hz of the AAC core. */
  readonly sampleRate: number
  /** channelConfiguration 1 to 14; 0 when a program config element lists the channels. */
  readonly channelConfiguration: number
  /** Channels of the AAC core: 1 where parametric stereo makes two of it. */
  readonly channels: number
  /** Samples of the core in one frame: 960 with frameLengthFlag set (digital radio). */
  readonly frameLength: 1024 | 960
  /**
   * Undefined when the config says nothing about SBR, or that there is none. SBR may still be there:
   * a stream is free to bring it unannounced, and only a decoder finds out.
   */
  readonly sbr: SpectralBandReplication | undefined
}

const SPEC = 'ISO/IEC 14496-3 §1.6.2.1'
const CONFIG: Structure = { name: 'an AudioSpecificConfig', code: 'media.aac.config', spec: SPEC }

const HANDLED_OBJECT_TYPES: readonly number[] = Object.values(AudioObjectType)

/** samplingFrequencyIndex 0 to 12 (ISO/IEC 14496-3 table 1.18). */
const SAMPLE_RATES: readonly number[] = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350,
]
/** samplingFrequencyIndex that puts the rate itself behind it, in 24 bits. */
const EXPLICIT_SAMPLE_RATE = 15
/** Object type that puts the real one behind it, in 6 bits, less 32. */
const EXTENDED_OBJECT_TYPE = 31
const SBR_SYNC = 0x2b7
const PARAMETRIC_STEREO_SYNC = 0x548

/**
 * Reads an AudioSpecificConfig of object type 2, 5 or 29.
 *
 * @throws {ProtocolError} `media.aac.config_truncated`, `media.aac.sample_rate`,
 *   `media.aac.channel_configuration`, `media.aac.nested_sbr`.
 * @throws {UnsupportedError} `media.aac.object_type` for any other object type.
 * @see ISO/IEC 14496-3 §1.6.2.1, §4.4.1
 */
export function readAudioSpecificConfig(bytes: Uint8Array): AudioSpecificConfig {
  return readStructure(CONFIG, bytes.length, () => readConfig(new BitReader(bytes)))
}

function readConfig(reader: BitReader): AudioSpecificConfig {
  const totalBits = reader.remaining
  const objectType = readObjectType(reader)
  if (!HANDLED_OBJECT_TYPES.includes(objectType)) unsupported(objectType)
  const sampleRate = readSampleRate(reader)
  const channelConfiguration = reader.bits(4)
  const hierarchical =
    objectType === AudioObjectType.lowComplexity ? undefined : readHierarchicalSbr(reader, objectType)
  const frameLength = reader.flag() ? 960 : 1024
  if (reader.flag()) reader.bits(14) // dependsOnCoreCoder: coreCoderDelay
  const extension = reader.flag()
  const channels =
    channelConfiguration === 0
      ? readProgramConfigElement(reader, totalBits)
      : channelsOf(channelConfiguration)
  if (extension) reader.flag() // extensionFlag3: nothing follows it for object type 2
  const sbr = hierarchical ?? readSyncExtension(reader)
  return { sampleRate, channelConfiguration, channels, frameLength, sbr }
}

function readObjectType(reader: BitReader): number {
  const type = reader.bits(5)
  return type === EXTENDED_OBJECT_TYPE ? reader.bits(6) + 32 : type
}

function readSampleRate(reader: BitReader): number {
  const index = reader.bits(4)
  const rate = index === EXPLICIT_SAMPLE_RATE ? reader.bits(24) : SAMPLE_RATES[index]
  if (rate !== undefined && rate > 0) return rate
  throw new ProtocolError('media.aac.sample_rate', `AAC sampling frequency index ${index} names no rate`, {
    details: { index },
    spec: 'ISO/IEC 14496-3 table 1.18',
  })
}

/** What stands between object type 5 or 29 and the core's configuration. */
function readHierarchicalSbr(reader: BitReader, objectType: number): SpectralBandReplication {
  const parametricStereo = objectType === AudioObjectType.parametricStereo
  const sampleRate = readSampleRate(reader)
  const core = readObjectType(reader)
  if (core === AudioObjectType.spectralBandReplication || core === AudioObjectType.parametricStereo) {
    throw new ProtocolError('media.aac.nested_sbr', `SBR on top of audio object type ${core}, SBR itself`, {
      spec: SPEC,
    })
  }
  if (core !== AudioObjectType.lowComplexity) unsupported(core)
  return { signalling: 'hierarchical', sampleRate, parametricStereo }
}

/** The optional tail of a config that began with object type 2. Anything else there is padding. */
function readSyncExtension(reader: BitReader): SpectralBandReplication | undefined {
  if (reader.remaining < 16 || reader.bits(11) !== SBR_SYNC) return undefined
  if (readObjectType(reader) !== AudioObjectType.spectralBandReplication || !reader.flag()) return undefined
  const sampleRate = readSampleRate(reader)
  const parametricStereo =
    reader.remaining >= 12 && reader.bits(11) === PARAMETRIC_STEREO_SYNC && reader.flag()
  return { signalling: 'backward-compatible', sampleRate, parametricStereo }
}

function unsupported(objectType: number): never {
  throw new UnsupportedError(
    'media.aac.object_type',
    `AAC object type ${objectType} is not handled, only 2 (LC), 5 (HE-AAC) and 29 (HE-AAC v2)`,
    { details: { objectType }, spec: 'ISO/IEC 14496-3 table 1.17' },
  )
}

/**
 * Writes an AudioSpecificConfig.
 *
 * @throws {StateError} `media.aac.config_unwritable` for channels that do not belong to the channel
 *   configuration, configuration 0 included (program config elements are not written), and for a sample
 *   rate that 24 bits cannot hold.
 * @see ISO/IEC 14496-3 §1.6.2.1
 */
export function writeAudioSpecificConfig(config: AudioSpecificConfig): Uint8Array {
  const { channelConfiguration, channels, sbr } = config
  if (channelConfiguration < 1 || channelsOf(channelConfiguration) !== channels) {
    throw new StateError(
      'media.aac.config_unwritable',
      `AAC channel configuration ${channelConfiguration} does not have ${channels} channels`,
    )
  }
  const writer = new BitWriter()
  const hierarchical = sbr?.signalling === 'hierarchical'
  writer.bits(hierarchical ? sbrObjectType(sbr) : AudioObjectType.lowComplexity, 5)
  writeSampleRate(writer, config.sampleRate)
  writer.bits(channelConfiguration, 4)
  if (hierarchical) {
    writeSampleRate(writer, sbr.sampleRate)
    writer.bits(AudioObjectType.lowComplexity, 5)
  }
  writer
    .flag(config.frameLength === 960)
    .flag(false)
    .flag(false)
  if (sbr?.signalling === 'backward-compatible') {
    writer.bits(SBR_SYNC, 11).bits(AudioObjectType.spectralBandReplication, 5).flag(true)
    writeSampleRate(writer, sbr.sampleRate)
    if (sbr.parametricStereo) writer.bits(PARAMETRIC_STEREO_SYNC, 11).flag(true)
  }
  return writer.finish()
}

function sbrObjectType(sbr: SpectralBandReplication): number {
  return sbr.parametricStereo ? AudioObjectType.parametricStereo : AudioObjectType.spectralBandReplication
}

/** samplingFrequencyIndex of a rate in Hz; undefined for one that has none. ISO/IEC 14496-3 table 1.18 */
export function aacSampleRateIndex(rate: number): number | undefined {
  const index = SAMPLE_RATES.indexOf(rate)
  return index >= 0 ? index : undefined
}

function writeSampleRate(writer: BitWriter, rate: number): void {
  const index = aacSampleRateIndex(rate)
  if (index !== undefined) {
    writer.bits(index, 4)
    return
  }
  if (!Number.isInteger(rate) || rate < 1 || rate > 0xffffff) {
    throw new StateError('media.aac.config_unwritable', `a sample rate of ${rate} Hz does not fit 24 bits`)
  }
  writer.bits(EXPLICIT_SAMPLE_RATE, 4).bits(rate, 24)
}
