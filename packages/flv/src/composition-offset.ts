/** Bytes of a composition time. */
export const COMPOSITION_OFFSET_SIZE = 3

/**
 * Reads a composition time: presentation time minus decoding time in milliseconds.
 *
 * @param at - its index; three bytes are there.
 * @returns signed 24 bits.
 * @see FLV v10.1 Annex E.4.3.2; Enhanced RTMP v2, Enhanced Video (compositionTimeOffset)
 */
export function readCompositionOffset(bytes: Uint8Array, at: number): number {
  return (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8)) >> 8
}
