import { ByteWriter, type Ticks } from '@sluice/core'
import { type BoxContent, box } from '../box/box.ts'
import { SHORT_HEADER_SIZE } from '../box/box-reader.ts'
import { styp } from '../box/file-type-box.ts'
import { mfhd } from '../box/movie-fragment-header-box.ts'
import { prft } from '../box/producer-reference-time-box.ts'
import { sbgp } from '../box/roll-group-boxes.ts'
import { SampleFlags } from '../box/sample-flags.ts'
import { tfdt } from '../box/track-fragment-decode-time-box.ts'
import { tfhd } from '../box/track-fragment-header-box.ts'
import { SINGLE_TRACK_ID } from '../box/track-header-box.ts'
import { type TrackRunSample, trun } from '../box/track-run-box.ts'
import { type SampleLayout, sampleLayout } from './sample-layout.ts'

/** One access unit of a fragment. Times are ticks of the track's timescale. */
export interface FragmentSample {
  /** To the decode time of the next sample, at least 1. */
  readonly duration: number
  /** Presentation minus decode time, signed 32 bits. */
  readonly compositionOffset: number
  readonly keyframe: boolean
  readonly data: Uint8Array
}

/** What a fragment is made of. */
export interface Fragment {
  /** 32 bits, rising from fragment to fragment of a track. */
  readonly sequenceNumber: number
  /** Decode time of the first sample, not negative. */
  readonly baseDecodeTime: Ticks
  /** In decode order, at least one. */
  readonly samples: readonly FragmentSample[]
  /** Opens with a SegmentTypeBox: for the first fragment of a segment. Default false. */
  readonly styp?: boolean
  /**
   * Wall clock of `baseDecodeTime` in milliseconds since the Unix epoch, not necessarily whole: a ProducerReferenceTimeBox says it,
   * for 32 bytes. Default: nothing is said.
   */
  readonly wallClock?: number
  /** The samples belong to the `roll` group that the init segment describes, see `rollDistance`. Default false. */
  readonly rollGroup?: boolean
  /** Default 1, the only track of a CMAF file. */
  readonly trackId?: number
}

/** Enough for the headers of a part of half a second of video, so that the writer seldom grows. */
const TYPICAL_HEADER_SIZE = 512

/**
 * Writes one CMAF chunk: `moof` and `mdat`, after an optional `styp` and `prft`. The result is to be joined: new bytes up to
 * the `mdat`'s header, then the samples' own data, not copied: samples that lie one behind the other in memory are one array.
 *
 * All that samples have in common is in the `tfhd`, the rest in the `trun`; nothing is left to `trex`.
 *
 * @throws {StateError} `core.bytes.out_of_range` for a value that its field cannot hold.
 * @see ISO/IEC 23000-19 §7.3.2.3, ISO/IEC 14496-12 §8.8
 */
export function writeFragment(fragment: Fragment): Uint8Array[] {
  const entries = fragment.samples.map(
    (sample): TrackRunSample => ({
      duration: sample.duration,
      size: sample.data.length,
      flags: sample.keyframe ? SampleFlags.sync : SampleFlags.nonSync,
      compositionOffset: sample.compositionOffset,
    }),
  )
  const header = new ByteWriter(TYPICAL_HEADER_SIZE)
  if (fragment.styp === true) styp('msdh', 'cmfs')(header)
  const { wallClock, baseDecodeTime, trackId = SINGLE_TRACK_ID } = fragment
  if (wallClock !== undefined) prft(trackId, wallClock, baseDecodeTime)(header)
  moof(fragment, entries, sampleLayout(entries))(header)

  let payload = 0
  for (const entry of entries) payload += entry.size
  header.u32be(SHORT_HEADER_SIZE + payload).ascii('mdat')

  return [header.finish(), ...joinAdjacent(fragment.samples)]
}

/** Few long arrays are written quicker than many short ones. */
function joinAdjacent(samples: readonly FragmentSample[]): Uint8Array[] {
  const pieces: Uint8Array[] = []
  let last: Uint8Array | undefined
  for (const { data } of samples) {
    if (
      last !== undefined &&
      data.buffer === last.buffer &&
      data.byteOffset === last.byteOffset + last.length
    ) {
      last = new Uint8Array(last.buffer, last.byteOffset, last.length + data.length)
      pieces[pieces.length - 1] = last
    } else {
      last = data
      pieces.push(data)
    }
  }
  return pieces
}

function moof(fragment: Fragment, entries: readonly TrackRunSample[], layout: SampleLayout): BoxContent {
  return (writer) => {
    const start = writer.length
    let dataOffsetAt = start
    box(
      'moof',
      mfhd(fragment.sequenceNumber),
      box(
        'traf',
        tfhd(fragment.trackId ?? SINGLE_TRACK_ID, layout.defaults),
        tfdt(fragment.baseDecodeTime),
        trun(entries, layout.run, (at) => {
          dataOffsetAt = at
        }),
        ...(fragment.rollGroup === true ? [sbgp(entries.length)] : []),
      ),
    )(writer)
    // The data follows the header of the `mdat` that comes right after this `moof`.
    writer.patchU32be(dataOffsetAt, writer.length - start + SHORT_HEADER_SIZE)
  }
}
