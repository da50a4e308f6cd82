import { type BoxContent, box, fullBox } from './box.ts'

const MEDIA_IS_IN_THIS_FILE = 0x000001

/** VideoMediaHeaderBox: plain copy mode. @see ISO/IEC 14496-12 §12.1.2 */
export function vmhd(): BoxContent {
  return fullBox('vmhd', 0, 1, (writer) => writer.zeros(8))
}

/** SoundMediaHeaderBox: balance in the middle. @see ISO/IEC 14496-12 §12.2.2 */
export function smhd(): BoxContent {
  return fullBox('smhd', 0, 0, (writer) => writer.zeros(4))
}

/** DataInformationBox: the media is in the same file. @see ISO/IEC 14496-12 §8.7.1 */
export function dinf(): BoxContent {
  return box(
    'dinf',
    fullBox('dref', 0, 0, (writer) => writer.u32be(1), fullBox('url ', 0, MEDIA_IS_IN_THIS_FILE)),
  )
}

/**
 * SampleTableBox with one sample entry and no samples: in a fragmented file the four tables are there
 * because they must be, and empty.
 *
 * @param sampleGroups - descriptions of sample groups that fragments refer to.
 * @see ISO/IEC 14496-12 §8.5.1, ISO/IEC 23000-19 §7.5.12
 */
export function stbl(sampleEntry: BoxContent, ...sampleGroups: readonly BoxContent[]): BoxContent {
  return box(
    'stbl',
    fullBox('stsd', 0, 0, (writer) => writer.u32be(1), sampleEntry),
    emptyTable('stts'),
    emptyTable('stsc'),
    fullBox('stsz', 0, 0, (writer) => writer.u32be(0).u32be(0)),
    emptyTable('stco'),
    ...sampleGroups,
  )
}

function emptyTable(type: string): BoxContent {
  return fullBox(type, 0, 0, (writer) => writer.u32be(0))
}
