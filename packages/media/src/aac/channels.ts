import { type BitReader, ProtocolError } from '@sluice/core'

/** Channels of channelConfiguration 1 to 14 (ISO/IEC 14496-3 table 1.19); 0 where reserved. */
const CHANNELS: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 24, 8]

/**
 * Channels of a channelConfiguration: 6 is 5.1, 7 is 7.1 with two more in front, 12 is 7.1 with two behind.
 *
 * @param configuration - 1 to 15.
 * @throws {ProtocolError} `media.aac.channel_configuration` for a reserved one.
 * @see ISO/IEC 14496-3 table 1.19
 */
export function channelsOf(configuration: number): number {
  const channels = CHANNELS[configuration] ?? 0
  if (channels > 0) return channels
  throw new ProtocolError(
    'media.aac.channel_configuration',
    `AAC channel configuration ${configuration} is reserved`,
    { details: { configuration }, spec: 'ISO/IEC 14496-3 table 1.19' },
  )
}

/**
 * Reads a program_config_element, which lists the channels where channelConfiguration is 0.
 *
 * @param reader - at the element's start; left behind its comment.
 * @param totalBits - bits of the whole AudioSpecificConfig: the element's alignment counts from its start.
 * @returns number of channels, coupling channels not counted.
 * @throws {ProtocolError} `media.aac.channel_configuration` for an element without channels; the reader's
 *   errors pass through.
 * @see ISO/IEC 14496-3 §4.4.1.1
 */
export function readProgramConfigElement(reader: BitReader, totalBits: number): number {
  reader.bits(4) // element_instance_tag
  reader.bits(2) // object_type
  reader.bits(4) // sampling_frequency_index
  const positioned = reader.bits(4) + reader.bits(4) + reader.bits(4) // front, side, back
  const lowFrequency = reader.bits(2)
  const associatedData = reader.bits(3)
  const coupling = reader.bits(4)
  if (reader.flag()) reader.bits(4) // mono_mixdown_element_number
  if (reader.flag()) reader.bits(4) // stereo_mixdown_element_number
  if (reader.flag()) reader.bits(3) // matrix_mixdown_idx, pseudo_surround_enable
  let channels = lowFrequency
  for (let i = 0; i < positioned; i++) {
    channels += reader.flag() ? 2 : 1 // element_is_cpe
    reader.bits(4) // element_tag_select
  }
  for (let i = 0; i < lowFrequency + associatedData; i++) reader.bits(4)
  for (let i = 0; i < coupling; i++) reader.bits(5)
  reader.bits((8 - ((totalBits - reader.remaining) % 8)) % 8) // byte_alignment
  for (let left = reader.bits(8); left > 0; left--) reader.bits(8) // comment_field_data
  if (channels > 0) return channels
  throw new ProtocolError(
    'media.aac.channel_configuration',
    'an AAC program config element without channels',
    {
      spec: 'ISO/IEC 14496-3 §4.4.1.1',
    },
  )
}
