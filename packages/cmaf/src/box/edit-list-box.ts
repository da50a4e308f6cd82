import type { Ticks } from '@sluice/core'
import { type BoxContent, box, fullBox } from './box.ts'
import { readFullBox } from './box-reader.ts'

/** One entry that never ends, at normal speed. */
const ENDLESS = 0
const NORMAL_RATE = 0x00010000

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
 * Whether an EditListBox makes presentation times of others than those in the fragments: unless it has no entries, or a single one
 * that begins at media time 0.
 *
 * @see ISO/IEC 14496-12 §8.6.6
 */
export function movesTimes(body: Uint8Array): boolean {
  return readFullBox('elst', body, (reader, version) => {
    const count = reader.u32be()
    if (count !== 1) return count > 1
    reader.skip(version === 1 ? 8 : 4) // segment_duration
    return (version === 1 ? reader.u64be() : BigInt(reader.u32be())) !== 0n
  })
}
