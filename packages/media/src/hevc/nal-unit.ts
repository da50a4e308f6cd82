/** HEVC `nal_unit_type` values with a name here (ITU-T H.265 table 7-1). */
export const HevcNalUnitType = {
  videoParameterSet: 32,
  sequenceParameterSet: 33,
  pictureParameterSet: 34,
  prefixSei: 39,
} as const

/** Bytes of an HEVC NAL unit's header. */
export const HEVC_NAL_HEADER_SIZE = 2

/** `nal_unit_type` of an HEVC NAL unit, 0 (a picture) for an empty one. */
export function hevcNalUnitType(nalUnit: Uint8Array): number {
  return ((nalUnit[0] ?? 0) >> 1) & 0x3f
}
