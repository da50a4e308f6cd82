import { type BoxContent, fullBox } from './box.ts'

const GROUPING_TYPE = 'roll'
/** Bytes of an AudioRollRecoveryEntry. */
const ENTRY_SIZE = 2
/** The entry of `sgpd`, as `sbgp` counts. */
const FIRST_ENTRY = 1

/**
 * SampleGroupDescriptionBox of `roll` groups with one entry.
 *
 * @param distance - samples before the one to start at that a decoder has to be given, as a negative number.
 * @see ISO/IEC 14496-12 §8.9.3, §10.1
 */
export function sgpd(distance: number): BoxContent {
  return fullBox('sgpd', 1, 0, (writer) => {
    writer.ascii(GROUPING_TYPE).u32be(ENTRY_SIZE).u32be(1).i16be(distance)
  })
}

/**
 * SampleToGroupBox that puts samples into the group that the track's `sgpd` describes.
 *
 * @param samples - how many, from the first on; 0 in an init segment, which has no samples.
 * @see ISO/IEC 14496-12 §8.9.2
 */
export function sbgp(samples: number): BoxContent {
  return fullBox('sbgp', 0, 0, (writer) => {
    writer.ascii(GROUPING_TYPE)
    if (samples === 0) writer.u32be(0)
    else writer.u32be(1).u32be(samples).u32be(FIRST_ENTRY)
  })
}
