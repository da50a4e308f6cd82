import { type BoxContent, fullBox } from './box.ts'
import { readFullBox, safeInteger } from './box-reader.ts'
import type { SampleDefaults } from './track-extends-box.ts'

/** tf_flags. @see ISO/IEC 14496-12 §8.8.7.1 */
const Flag = {
  baseDataOffset: 0x000001,
  sampleDescriptionIndex: 0x000002,
  defaultDuration: 0x000008,
  defaultSize: 0x000010,
  defaultFlags: 0x000020,
  defaultBaseIsMoof: 0x020000,
} as const

/**
 * TrackFragmentHeaderBox with data offsets counted from the start of the `moof`.
 *
 * @param defaults - what all samples of the fragment share; a value left out is in each `trun` entry.
 * @see ISO/IEC 14496-12 §8.8.7
 */
export function tfhd(trackId: number, defaults: Partial<SampleDefaults>): BoxContent {
  const { duration, size, flags } = defaults
  const present =
    Flag.defaultBaseIsMoof |
    (duration === undefined ? 0 : Flag.defaultDuration) |
    (size === undefined ? 0 : Flag.defaultSize) |
    (flags === undefined ? 0 : Flag.defaultFlags)
  return fullBox('tfhd', 0, present, (writer) => {
    writer.u32be(trackId)
    if (duration !== undefined) writer.u32be(duration)
    if (size !== undefined) writer.u32be(size)
    if (flags !== undefined) writer.u32be(flags)
  })
}

/** What a TrackFragmentHeaderBox says; what is left out is undefined. */
export interface TrackFragmentHeader {
  readonly trackId: number
  /** Absolute file position that data offsets count from; undefined: the start of the `moof`. */
  readonly baseDataOffset: number | undefined
  readonly duration: number | undefined
  readonly size: number | undefined
  readonly flags: number | undefined
}

/** Reads a TrackFragmentHeaderBox. */
export function readTrackFragmentHeader(body: Uint8Array): TrackFragmentHeader {
  return readFullBox('tfhd', body, (reader, _version, present) => {
    const trackId = reader.u32be()
    const baseDataOffset =
      (present & Flag.baseDataOffset) !== 0 ? safeInteger('tfhd', reader.u64be()) : undefined
    if ((present & Flag.sampleDescriptionIndex) !== 0) reader.skip(4)
    return {
      trackId,
      baseDataOffset,
      duration: (present & Flag.defaultDuration) !== 0 ? reader.u32be() : undefined,
      size: (present & Flag.defaultSize) !== 0 ? reader.u32be() : undefined,
      flags: (present & Flag.defaultFlags) !== 0 ? reader.u32be() : undefined,
    }
  })
}
