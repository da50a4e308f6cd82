import { findBox, readBoxes, requireBox } from '../box/box-reader.ts'
import { readBaseDecodeTime } from '../box/track-fragment-decode-time-box.ts'
import { readTrackFragmentHeader } from '../box/track-fragment-header-box.ts'
import { readTrackRun } from '../box/track-run-box.ts'

/** A fragment of our own writing, taken apart. */
export interface ReadFragment {
  readonly trackId: number
  readonly sequenceNumber: number
  readonly baseDecodeTime: number
  /** Body of the `sbgp`, if there is one. */
  readonly sampleToGroup: Uint8Array | undefined
  readonly samples: readonly {
    readonly duration: number
    readonly flags: number
    readonly compositionOffset: number
    readonly data: Uint8Array
  }[]
}

/** Takes a file of fragments apart, without any default from an init segment: each must be complete by itself. */
export function readFragments(bytes: Uint8Array): ReadFragment[] {
  const fragments: ReadFragment[] = []
  let moof: { body: Uint8Array; size: number } | undefined
  for (const box of readBoxes('file', bytes)) {
    if (box.type === 'moof') moof = { body: box.body, size: box.body.length + 8 }
    if (box.type === 'mdat' && moof !== undefined) fragments.push(readFragment(moof, box.body))
  }
  return fragments
}

function readFragment(moof: { body: Uint8Array; size: number }, data: Uint8Array): ReadFragment {
  const traf = requireBox('moof', moof.body, 'traf')
  const defaults = readTrackFragmentHeader(requireBox('traf', traf, 'tfhd'))
  const run = readTrackRun(requireBox('traf', traf, 'trun'), 1000)
  const mfhd = requireBox('moof', moof.body, 'mfhd')
  let at = (run.dataOffset ?? Number.NaN) - moof.size - 8
  return {
    trackId: defaults.trackId,
    sequenceNumber: new DataView(mfhd.buffer, mfhd.byteOffset).getUint32(4),
    baseDecodeTime: readBaseDecodeTime(requireBox('traf', traf, 'tfdt')),
    sampleToGroup: findBox(readBoxes('traf', traf), 'sbgp'),
    samples: run.samples.map((sample) => {
      const size = sample.size ?? defaults.size ?? Number.NaN
      at += size
      return {
        duration: sample.duration ?? defaults.duration ?? Number.NaN,
        flags: sample.flags ?? defaults.flags ?? Number.NaN,
        compositionOffset: sample.compositionOffset,
        data: data.slice(at - size, at),
      }
    }),
  }
}
