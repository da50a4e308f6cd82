import { ProtocolError } from '@sluice/core'

/** `nal_unit_type` values with a name here (ITU-T H.264 table 7-1). */
export const NalUnitType = {
  slice: 1,
  slicePartitionA: 2,
  idrSlice: 5,
  sei: 6,
  sequenceParameterSet: 7,
  pictureParameterSet: 8,
  accessUnitDelimiter: 9,
  prefix: 14,
} as const

/** Bytes of the length field before each NAL unit, from the AVCDecoderConfigurationRecord. */
export type NalLengthSize = 1 | 2 | 4

/** `nal_unit_type` of a NAL unit, 0 (unspecified) for an empty one. */
export function nalUnitType(nalUnit: Uint8Array): number {
  return (nalUnit[0] ?? 0) & 0x1f
}

/**
 * Walks the NAL units of one length-prefixed access unit, in order.
 *
 * @param accessUnit - as MP4 and FLV store it; an empty one has no NAL units.
 * @returns views of `accessUnit`, without their length fields, emulation prevention bytes still in place.
 *   Zero-length NAL units, which some encoders send as padding, are passed over.
 * @throws {ProtocolError} `media.h264.nal_unit_truncated` when a length field or what it announces is cut
 *   short. Annex B start codes in place of lengths end here too.
 * @see ISO/IEC 14496-15 §5.3.4.2
 */
export function* nalUnits(
  accessUnit: Uint8Array,
  nalLengthSize: NalLengthSize,
): Generator<Uint8Array, undefined> {
  for (let at = 0; at < accessUnit.length; ) {
    const start = at + nalLengthSize
    const length = readNalLength(accessUnit, at, nalLengthSize)
    at = start + length
    if (length > 0) yield accessUnit.subarray(start, at)
  }
}

/** The length field at `at`, checked: that many bytes follow it. */
function readNalLength(accessUnit: Uint8Array, at: number, nalLengthSize: NalLengthSize): number {
  let length = 0
  for (let i = at; i < at + nalLengthSize; i++) length = length * 256 + (accessUnit[i] ?? 0)
  const left = accessUnit.length - at - nalLengthSize
  if (left < 0 || length > left) {
    throw new ProtocolError(
      'media.h264.nal_unit_truncated',
      left < 0
        ? `a NAL unit length of ${nalLengthSize} bytes wanted at offset ${at}, ${left + nalLengthSize} left`
        : `a NAL unit of ${length} bytes announced at offset ${at}, ${left} left`,
      { details: { offset: at, left }, spec: 'ISO/IEC 14496-15 §5.3.4.2' },
    )
  }
  return length
}

/**
 * A NAL unit's payload: header off, emulation prevention bytes (the 3 of 00 00 03) taken out.
 * A view where there are none, otherwise a copy.
 *
 * @param headerSize - bytes of the NAL unit header: 1 for H.264, 2 for HEVC.
 * @see ITU-T H.264 §7.3.1, ITU-T H.265 §7.3.1.1
 */
export function rawByteSequencePayload(nalUnit: Uint8Array, headerSize: 1 | 2 = 1): Uint8Array {
  const payload = nalUnit.subarray(headerSize)
  let copy: Uint8Array | undefined
  let length = 0
  let zeros = 0
  for (let i = 0; i < payload.length; i++) {
    const byte = payload[i] ?? 0
    if (zeros >= 2 && byte === 3) {
      copy ??= Uint8Array.from(payload)
      zeros = 0
      continue
    }
    if (copy !== undefined) copy[length] = byte
    length += 1
    zeros = byte === 0 ? zeros + 1 : 0
  }
  return copy === undefined ? payload : copy.subarray(0, length)
}
