const POLYNOMIAL = 0x04c1_1db7

const TABLE: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? POLYNOMIAL : 0)
  return crc
})

/**
 * The CRC of program tables: most significant bit first, all ones before, nothing turned or inverted behind.
 *
 * @see ISO/IEC 13818-1 Annex A
 */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff
  for (const byte of bytes) crc = (crc << 8) ^ (TABLE[((crc >>> 24) ^ byte) & 0xff] ?? 0)
  return crc >>> 0
}
