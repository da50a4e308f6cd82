import type { Timescale } from '@sluice/core'
import { type BoxContent, fullBox } from './box.ts'
import { writeIdentityMatrix } from './identity-matrix.ts'

/**
 * MovieHeaderBox of a movie whose media is all in fragments: no dates, duration 0.
 *
 * @param nextTrackId - larger than the id of every track.
 * @see ISO/IEC 14496-12 §8.2.2, ISO/IEC 23000-19 §7.5.1
 */
export function mvhd(timescale: Timescale, nextTrackId: number): BoxContent {
  return fullBox('mvhd', 0, 0, (writer) => {
    writer.u32be(0).u32be(0) // creation and modification time: unknown, so that equal input gives equal bytes
    writer.u32be(timescale).u32be(0)
    writer.u32be(0x00010000).u16be(0x0100).zeros(10) // rate 1.0, volume 1.0, reserved
    writeIdentityMatrix(writer)
    writer.zeros(24) // pre_defined
    writer.u32be(nextTrackId)
  })
}
