import {
  type AvcDecoderConfigurationRecord,
  NalUnitType,
  nalUnits,
  nalUnitType,
  type Packet,
} from '@sluice/media'

const START_CODE: Uint8Array = Uint8Array.of(0, 0, 0, 1)
/** Says that pictures of any kind may follow. ITU-T H.264 §7.3.2.4 */
const ACCESS_UNIT_DELIMITER: Uint8Array = Uint8Array.of(0, 0, 0, 1, NalUnitType.accessUnitDelimiter, 0xf0)

/**
 * An access unit as a byte stream: behind a delimiter, and with the track's parameter sets where decoding may begin and it has
 * none of its own.
 *
 * @returns pieces to be joined: views of the packet, and constants.
 * @throws {ProtocolError} `media.h264.nal_unit_truncated`
 * @see ITU-T H.264 Annex B; ISO/IEC 13818-1 §2.14.1
 */
export function annexB(
  { data, keyframe }: Pick<Packet, 'data' | 'keyframe'>,
  { nalLengthSize, sequenceParameterSets, pictureParameterSets }: AvcDecoderConfigurationRecord,
): Uint8Array[] {
  const units = [...nalUnits(data, nalLengthSize)].filter(
    (unit) => nalUnitType(unit) !== NalUnitType.accessUnitDelimiter,
  )
  const hasSets = units.some((unit) => nalUnitType(unit) === NalUnitType.sequenceParameterSet)
  const sets = keyframe && !hasSets ? [...sequenceParameterSets, ...pictureParameterSets] : []
  const pieces = [ACCESS_UNIT_DELIMITER]
  for (const unit of [...sets, ...units]) pieces.push(START_CODE, unit)
  return pieces
}
