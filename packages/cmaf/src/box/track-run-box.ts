import { type ByteReader, ProtocolError } from '@sluice/core'
import { type BoxContent, fullBox } from './box.ts'
import { readFullBox } from './box-reader.ts'

/** tr_flags. @see ISO/IEC 14496-12 §8.8.8.1 */
const Flag = {
  dataOffset: 0x000001,
  firstSampleFlags: 0x000004,
  duration: 0x000100,
  size: 0x000200,
  flags: 0x000400,
  compositionOffset: 0x000800,
} as const

/** All that a `trun` can say about one sample. */
export interface TrackRunSample {
  /** Ticks to the decode time of the next sample. */
  readonly duration: number
  /** Bytes. */
  readonly size: number
  /** See `sample-flags.ts`. */
  readonly flags: number
  /** Presentation minus decode time, signed. */
  readonly compositionOffset: number
}

/** Which fields each sample of a written run states itself; the `tfhd` must state the others. */
export interface TrackRunLayout {
  readonly durations: boolean
  readonly sizes: boolean
  /** `first`: the first sample differs from the default that all others have. */
  readonly flags: 'none' | 'first' | 'each'
  /** Left out, composition offsets are 0. */
  readonly compositionOffsets: boolean
}

/**
 * TrackRunBox, version 1 (signed composition offsets).
 *
 * @param onDataOffset - is told where in the writer the data offset is, to be patched when it is known.
 * @see ISO/IEC 14496-12 §8.8.8
 */
export function trun(
  samples: readonly TrackRunSample[],
  layout: TrackRunLayout,
  onDataOffset: (at: number) => void,
): BoxContent {
  const present =
    Flag.dataOffset |
    (layout.flags === 'first' ? Flag.firstSampleFlags : 0) |
    (layout.durations ? Flag.duration : 0) |
    (layout.sizes ? Flag.size : 0) |
    (layout.flags === 'each' ? Flag.flags : 0) |
    (layout.compositionOffsets ? Flag.compositionOffset : 0)
  return fullBox('trun', 1, present, (writer) => {
    writer.u32be(samples.length)
    onDataOffset(writer.length)
    writer.i32be(0)
    const [first] = samples
    if (layout.flags === 'first' && first !== undefined) writer.u32be(first.flags)
    for (const sample of samples) {
      if (layout.durations) writer.u32be(sample.duration)
      if (layout.sizes) writer.u32be(sample.size)
      if (layout.flags === 'each') writer.u32be(sample.flags)
      if (layout.compositionOffsets) writer.i32be(sample.compositionOffset)
    }
  })
}

/** A `trun` as read: what a sample does not state itself is undefined. */
export interface TrackRun {
  /** Where its data starts, counted from the base; undefined: where the run before it ended. */
  readonly dataOffset: number | undefined
  readonly samples: readonly {
    readonly duration: number | undefined
    readonly size: number | undefined
    readonly flags: number | undefined
    readonly compositionOffset: number
  }[]
}

/**
 * Reads a TrackRunBox of version 0 or 1.
 *
 * @param maxSamples - most samples accepted: entries can be empty, so the size of the box does not bound them.
 * @throws {ProtocolError} `cmaf.trun.too_many_samples`.
 */
export function readTrackRun(body: Uint8Array, maxSamples: number): TrackRun {
  return readFullBox('trun', body, (reader, version, present) => {
    const count = reader.u32be()
    if (count > maxSamples) {
      throw new ProtocolError(
        'cmaf.trun.too_many_samples',
        `${count} samples in a run, where ${maxSamples} are allowed`,
        { details: { count, limit: maxSamples } },
      )
    }
    const has = (flag: number): boolean => (present & flag) !== 0
    const dataOffset = has(Flag.dataOffset) ? reader.i32be() : undefined
    const firstFlags = has(Flag.firstSampleFlags) ? reader.u32be() : undefined
    const samples: TrackRun['samples'][number][] = []
    for (let i = 0; i < count; i++) {
      const duration = has(Flag.duration) ? reader.u32be() : undefined
      const size = has(Flag.size) ? reader.u32be() : undefined
      const flags = has(Flag.flags) ? reader.u32be() : undefined
      samples.push({
        duration,
        size,
        flags: i === 0 ? (firstFlags ?? flags) : flags,
        compositionOffset: has(Flag.compositionOffset) ? readCompositionOffset(reader, version) : 0,
      })
    }
    return { dataOffset, samples }
  })
}

function readCompositionOffset(reader: ByteReader, version: number): number {
  return version === 0 ? reader.u32be() : reader.i32be()
}
