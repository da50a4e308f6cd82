import { writeBoxes } from '../box/box.ts'
import { styp } from '../box/file-type-box.ts'

/**
 * Writes a segment without any media: a SegmentTypeBox that says no segment follows in its Period (`lmsg`). Appended to a
 * SourceBuffer it changes nothing.
 *
 * @see ISO/IEC 23009-1 §6.3.4.2, §7.3.1
 */
export function writeEmptySegment(): Uint8Array {
  return writeBoxes(styp('msdh', 'lmsg'))
}
