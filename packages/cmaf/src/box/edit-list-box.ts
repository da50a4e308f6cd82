import { type Ticks, ticks } from '@sluice/core'
import { type BoxContent, box, fullBox } from './box.ts'
import { readFullBox } from './box-reader.ts'

/** One entry that never ends, at normal speed. */
const ENDLESS = 0
const NORMAL_RATE = 0x00010000
/** Beyond it the signed field is negative: an empty edit. */
const LARGEST_32_BIT_TIME = 0x7fff_ffff

/**
 * EditBox with an edit list that begins the presentation at `mediaTime`: takes a constant delay off every
 * composition time.
 *
 * @param mediaTime - in the track's timescale.
 * @see ISO/IEC 14496-12 §8.6.5, §8.6.6
 */
export function edts(mediaTime: Ticks): BoxContent {
  return box(
    'edts',
    fullBox('elst', 0, 0, (writer) => {
      writer.u32be(1).u32be(ENDLESS).u32be(mediaTime).u32be(NORMAL_RATE)
    }),
  )
}

/**
 * Reads where the presentation begins from an EditListBox that does no more than shift: no entries, or a single one.
 *
 * @returns the media time of its start, in the track's timescale; undefined for an edit list that does more, or begins with
 *   nothing.
 * @see ISO/IEC 14496-12 §8.6.6
 */
export function readShift(body: Uint8Array): Ticks | undefined {
  return readFullBox('elst', body, (reader, version) => {
    const count = reader.u32be()
    if (count === 0) return ticks(0)
    reader.skip(version === 1 ? 8 : 4) // segment_duration
    const mediaTime = version === 1 ? reader.u64be() : BigInt(reader.u32be())
    const most = version === 1 ? Number.MAX_SAFE_INTEGER : LARGEST_32_BIT_TIME
    return count === 1 && mediaTime <= most ? ticks(Number(mediaTime)) : undefined
  })
}
