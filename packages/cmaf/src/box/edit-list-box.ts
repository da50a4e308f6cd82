import { readFullBox } from './box-reader.ts'

/**
 * True when an EditListBox leaves all times as they are: no entries, or a single one that starts at media
 * time 0.
 *
 * @see ISO/IEC 14496-12 §8.6.6
 */
export function isIdentityEditList(body: Uint8Array): boolean {
  return readFullBox('elst', body, (reader, version) => {
    const count = reader.u32be()
    if (count === 0) return true
    reader.skip(version === 1 ? 8 : 4) // segment_duration
    const mediaTime = version === 1 ? reader.u64be() : BigInt(reader.u32be())
    return count === 1 && mediaTime === 0n
  })
}
