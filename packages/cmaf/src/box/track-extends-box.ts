import { type BoxContent, fullBox } from './box.ts'
import { readFullBox } from './box-reader.ts'

/** What a fragment's samples have where neither `tfhd` nor `trun` says otherwise. */
export interface SampleDefaults {
  /** Ticks of the track's media timescale. */
  readonly duration: number
  /** Bytes. */
  readonly size: number
  /** Sample flags, see `sample-flags.ts`. */
  readonly flags: number
}

/**
 * TrackExtendsBox without defaults: each fragment states its own, so it can be read knowing the codec alone.
 *
 * @see ISO/IEC 14496-12 §8.8.3, ISO/IEC 23000-19 §7.7.3
 */
export function trex(trackId: number): BoxContent {
  return fullBox('trex', 0, 0, (writer) => {
    writer.u32be(trackId).u32be(1) // default_sample_description_index
    writer.u32be(0).u32be(0).u32be(0)
  })
}

/** The track that a TrackExtendsBox is about, and its defaults. */
export function readTrackExtends(body: Uint8Array): SampleDefaults & { readonly trackId: number } {
  return readFullBox('trex', body, (reader) => {
    const trackId = reader.u32be()
    reader.skip(4)
    return { trackId, duration: reader.u32be(), size: reader.u32be(), flags: reader.u32be() }
  })
}
