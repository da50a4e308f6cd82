import { ProtocolError, type Ticks, ticks } from '@sluice/core'
import { type BoxContent, fullBox } from './box.ts'
import { readFullBox } from './box-reader.ts'

const FARTHEST = 2n ** 48n

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
 * @throws {ProtocolError} `cmaf.tfdt.out_of_range` beyond 2^48 ticks either way (99 years at 90 kHz), so that
 * times can be added up without leaving the safe integers.
 */
export function readBaseDecodeTime(body: Uint8Array): Ticks {
  return readFullBox('tfdt', body, (reader, version) => {
    const time = version === 0 ? BigInt(reader.u32be()) : BigInt.asIntN(64, reader.u64be())
    if (time > FARTHEST || time < -FARTHEST) {
      throw new ProtocolError('cmaf.tfdt.out_of_range', `a decode time of ${time} ticks, 2^48 at most`)
    }
    return ticks(Number(time))
  })
}
