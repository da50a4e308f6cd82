import type { Ticks } from '@sluice/core'
import { ticks } from '@sluice/core'
import { type BoxContent, fullBox } from './box.ts'
import { readFullBox, safeInteger } from './box-reader.ts'

/**
 * TrackFragmentBaseMediaDecodeTimeBox, version 1.
 *
 * @param baseDecodeTime - decode time of the fragment's first sample, not negative.
 * @throws {StateError} `core.bytes.out_of_range` when negative.
 * @see ISO/IEC 14496-12 §8.8.12
 */
export function tfdt(baseDecodeTime: Ticks): BoxContent {
  return fullBox('tfdt', 1, 0, (writer) => writer.u64be(baseDecodeTime))
}

/**
 * Decode time of a fragment's first sample.
 *
 * The standard's field is unsigned. A version 1 value with the top bit set is read as a negative number,
 * because that is what ffmpeg means by it: with B-frames, the first frames of an encoder whose output starts
 * at 0 have negative decode times.
 *
 * @throws {ProtocolError} `cmaf.box.value_too_large` beyond the safe integers.
 */
export function readBaseDecodeTime(body: Uint8Array): Ticks {
  return readFullBox('tfdt', body, (reader, version) =>
    ticks(version === 0 ? reader.u32be() : safeInteger('tfdt', BigInt.asIntN(64, reader.u64be()))),
  )
}
