/**
 * Sample flags of `trex`, `tfhd` and `trun`: bits 25-24 sample_depends_on, bit 16 sample_is_non_sync_sample.
 *
 * @see ISO/IEC 14496-12 §8.8.3.1
 */
export const SampleFlags = {
  /** Depends on no other sample: an IDR picture, any audio frame. */
  sync: 0x0200_0000,
  /** Depends on others: decoding cannot start here. */
  nonSync: 0x0101_0000,
} as const

const NON_SYNC_BIT = 0x0001_0000

/** True when decoding may start at a sample with these flags. */
export function isSync(flags: number): boolean {
  return (flags & NON_SYNC_BIT) === 0
}
