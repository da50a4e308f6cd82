import { type BoxContent, box } from './box.ts'

/**
 * FileTypeBox: the specifications that a file with this header complies with.
 *
 * @param brands - at least one; the first is also the major brand.
 * @see ISO/IEC 14496-12 §4.3
 */
export function ftyp(...brands: readonly [string, ...string[]]): BoxContent {
  return box('ftyp', brandFields(brands))
}

/**
 * SegmentTypeBox: the same statement about a segment on its own.
 *
 * @param brands - at least one; the first is also the major brand.
 * @see ISO/IEC 14496-12 §8.16.2
 */
export function styp(...brands: readonly [string, ...string[]]): BoxContent {
  return box('styp', brandFields(brands))
}

function brandFields(brands: readonly [string, ...string[]]): BoxContent {
  return (writer) => {
    writer.ascii(brands[0]).u32be(0)
    for (const brand of brands) writer.ascii(brand)
  }
}
