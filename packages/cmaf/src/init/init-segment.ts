import { ticks } from '@sluice/core'
import type { Track } from '@sluice/media'
import { box, writeBoxes } from '../box/box.ts'
import { ftyp } from '../box/file-type-box.ts'
import { mvhd } from '../box/movie-header-box.ts'
import { trex } from '../box/track-extends-box.ts'
import { SINGLE_TRACK_ID } from '../box/track-header-box.ts'
import { trak } from './track-box.ts'

/**
 * Writes the CMAF header of a single track: everything a player needs before the first fragment. Equal
 * tracks give equal bytes.
 *
 * The language is undetermined. Brands: `iso6` and `cmfc`; audio also claims
 * `cmf2`. Video does not, because that brand demands that the earliest presentation time of each fragment
 * is exactly its `tfdt`, and an encoder's frame may be some milliseconds off the boundary.
 *
 * No edit list takes off the priming of an audio encoder (for Opus: `PreSkip`): packets keep the times the
 * publisher gave them, and those count it.
 *
 * @throws {UnsupportedError} `cmaf.vpcC.no_profile` for a VP8 track whose codec string does not tell it.
 * @throws {ProtocolError} `cmaf.dOps.…`, `cmaf.dfLa.…`, `cmaf.box.truncated` for a `config` that is not what
 * `Track` says it is.
 * @throws {StateError} `core.bytes.out_of_range` for a picture that is 65 536 or more wide or high.
 * @see ISO/IEC 23000-19 §7.3.2.1, §7.5, §7.7
 */
export function writeInitSegment(track: Track): Uint8Array {
  return writeBoxes(
    track.kind === 'video' ? ftyp('iso6', 'cmfc') : ftyp('iso6', 'cmfc', 'cmf2'),
    box(
      'moov',
      mvhd(track.timescale, SINGLE_TRACK_ID + 1),
      trak(track, { trackId: SINGLE_TRACK_ID, startsAt: ticks(0) }),
      box('mvex', trex(SINGLE_TRACK_ID)),
    ),
  )
}
