import { type BoxContent, box } from './box.ts'
import { readFields } from './box-reader.ts'

/** Bytes of an HEVCDecoderConfigurationRecord before `numOfArrays`. */
const FIXED_SIZE = 22
const ARRAY_IS_COMPLETE = 0x80
const NAL_UNIT_TYPE_MASK = 0x3f

/** NAL unit types of VPS, SPS and PPS. @see ITU-T H.265 table 7-1 */
const PARAMETER_SETS: readonly number[] = [32, 33, 34]

/**
 * HEVCConfigurationBox of an `hvc1` sample entry.
 *
 * That entry demands that the arrays of parameter sets are marked complete and all others are not. Records that
 * come over FLV say the opposite, as their encoders write them for a stream that may change its sets; here a
 * change of the record is a new track. So the marks are set, and the rest is written as it is.
 *
 * @param record - an HEVCDecoderConfigurationRecord.
 * @throws {ProtocolError} `cmaf.box.truncated` when an array ends beyond the record.
 * @see ISO/IEC 14496-15 §8.3.2.1, §8.4.1
 */
export function hvcC(record: Uint8Array): BoxContent {
  return box('hvcC', (writer) => writer.bytes(withCompleteParameterSets(record)))
}

function withCompleteParameterSets(record: Uint8Array): Uint8Array {
  const marked = record.slice()
  readFields('hvcC', record, (reader) => {
    reader.skip(FIXED_SIZE)
    const arrays = reader.u8()
    for (let array = 0; array < arrays; array++) {
      const at = reader.offset
      const type = reader.u8() & NAL_UNIT_TYPE_MASK
      marked[at] = PARAMETER_SETS.includes(type) ? ARRAY_IS_COMPLETE | type : type
      const units = reader.u16be()
      for (let unit = 0; unit < units; unit++) reader.skip(reader.u16be())
    }
  })
  return marked
}
