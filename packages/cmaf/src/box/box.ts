import { ByteWriter } from '@sluice/core'

/**
 * A box, or a run of fields inside one, waiting to be written. Boxes nest by calling `box` inside `box`, so
 * code that writes a file reads like the standard's box tree; sizes are what was written, never sums.
 */
export type BoxContent = (writer: ByteWriter) => void

/**
 * A box with a 32-bit size.
 *
 * @param type - the four ASCII characters of its FourCC.
 * @param content - fields and child boxes, written in order.
 * @see ISO/IEC 14496-12 §4.2
 */
export function box(type: string, ...content: readonly BoxContent[]): BoxContent {
  return (writer) => {
    const start = writer.length
    writer.u32be(0).ascii(type)
    for (const write of content) write(writer)
    writer.patchU32be(start, writer.length - start)
  }
}

/**
 * A box that opens with a version and flags.
 *
 * @param version - 0 to 255.
 * @param flags - 24 bits.
 * @see ISO/IEC 14496-12 §4.2
 */
export function fullBox(
  type: string,
  version: number,
  flags: number,
  ...content: readonly BoxContent[]
): BoxContent {
  return box(type, (writer) => writer.u8(version).u24be(flags), ...content)
}

/** Writes boxes one after another into one new array. */
export function writeBoxes(...boxes: readonly BoxContent[]): Uint8Array {
  const writer = new ByteWriter(1024)
  for (const write of boxes) write(writer)
  return writer.finish().slice()
}
