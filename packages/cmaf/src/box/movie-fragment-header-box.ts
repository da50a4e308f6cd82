import { type BoxContent, fullBox } from './box.ts'

/**
 * MovieFragmentHeaderBox.
 *
 * @param sequenceNumber - 32 bits, rising from fragment to fragment.
 * @see ISO/IEC 14496-12 §8.8.5
 */
export function mfhd(sequenceNumber: number): BoxContent {
  return fullBox('mfhd', 0, 0, (writer) => writer.u32be(sequenceNumber))
}
