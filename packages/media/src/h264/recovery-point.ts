import { type NalLengthSize, NalUnitType, nalUnits, nalUnitType } from './nal-unit.ts'

/**
 * An SEI NAL unit (ITU-T H.264 §7.3.2.3) with one recovery point message (§D.1.8):
 * nal_unit_type 6; payloadType 6, payloadSize 1; recovery_frame_cnt ue(0) = 1, exact_match_flag 0,
 * broken_link_flag 0, changing_slice_group_idc 00, alignment 100; rbsp_trailing_bits.
 */
const RECOVERY_POINT_SEI: readonly number[] = [0x06, 0x06, 0x01, 0b1000_0100, 0x80]

/**
 * Inserts a recovery point SEI into an access unit, before its first slice. A decoder then reports this
 * picture as a place to start from: ffmpeg's marks the frame as key (`key_frame=1`), which lets
 * `-force_key_frames source` carry a segment boundary to its encoders where the source itself has no
 * keyframe. The picture decodes as before, from the references it always had; nothing may really start
 * at it, so the marked bytes are for a decoder that has been fed from an earlier IDR.
 *
 * @param accessUnit - length-prefixed NAL units; left as it is.
 * @returns a copy, 5 + `nalLengthSize` bytes longer; `accessUnit` itself when it holds no slice.
 * @throws {ProtocolError} `media.h264.nal_unit_truncated` when a length before the first slice is wrong.
 * @see ITU-T H.264 §7.4.1.2.3 (order of NAL units), §D.2.8
 */
export function withRecoveryPoint(accessUnit: Uint8Array, nalLengthSize: NalLengthSize): Uint8Array {
  const at = firstSliceOffset(accessUnit, nalLengthSize)
  if (at === undefined) return accessUnit
  const inserted = nalLengthSize + RECOVERY_POINT_SEI.length
  const marked = new Uint8Array(accessUnit.length + inserted)
  marked.set(accessUnit.subarray(0, at))
  marked[at + nalLengthSize - 1] = RECOVERY_POINT_SEI.length
  marked.set(RECOVERY_POINT_SEI, at + nalLengthSize)
  marked.set(accessUnit.subarray(at), at + inserted)
  return marked
}

/**
 * Where the length field of the first slice begins: of its prefix NAL unit, where it has one, because
 * nothing may come between the two (ITU-T H.264 §7.4.1.2.3).
 */
function firstSliceOffset(accessUnit: Uint8Array, nalLengthSize: NalLengthSize): number | undefined {
  for (const nalUnit of nalUnits(accessUnit, nalLengthSize)) {
    const type = nalUnitType(nalUnit)
    const slice = type >= NalUnitType.slice && type <= NalUnitType.idrSlice
    if (slice || type === NalUnitType.prefix) {
      return nalUnit.byteOffset - accessUnit.byteOffset - nalLengthSize
    }
  }
  return undefined
}
