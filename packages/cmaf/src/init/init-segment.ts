import type { Ticks } from '@sluice/core'
import { displaySize, type Track } from '@sluice/media'
import { type BoxContent, box, writeBoxes } from '../box/box.ts'
import { edts } from '../box/edit-list-box.ts'
import { ftyp } from '../box/file-type-box.ts'
import { hdlr } from '../box/handler-box.ts'
import { mdhd } from '../box/media-header-box.ts'
import { dinf, smhd, stbl, vmhd } from '../box/media-information-boxes.ts'
import { mvhd } from '../box/movie-header-box.ts'
import { trex } from '../box/track-extends-box.ts'
import { tkhd } from '../box/track-header-box.ts'
import { sampleEntry } from './sample-entry.ts'

/** What an init segment says beside its track. */
export interface InitSegmentOptions {
  /**
   * Delay that every composition time of the fragments contains (see `VideoCutterOptions`), in the track's
   * timescale. An edit list takes it off again. Default 0: no edit list.
   */
  readonly compositionDelay?: Ticks
}

/**
 * Writes the CMAF header of a single track: everything a player needs before the first fragment. Equal
 * tracks give equal bytes.
 *
 * The language is undetermined. Brands: `iso6` and `cmfc`; audio also claims
 * `cmf2`. Video does not, because that brand demands that the earliest presentation time of each fragment
 * is exactly its `tfdt`, and an encoder's frame may be some milliseconds off the boundary.
 *
 * @throws {UnsupportedError} `cmaf.init.unsupported_codec`.
 * @throws {StateError} `core.bytes.out_of_range` for a picture that is 65 536 or more wide or high.
 * @see ISO/IEC 23000-19 §7.3.2.1, §7.5, §7.7
 */
export function writeInitSegment(track: Track, options: InitSegmentOptions = {}): Uint8Array {
  const delay = options.compositionDelay ?? 0
  const edit = delay === 0 ? [] : [edts(delay as Ticks)]
  return writeBoxes(
    track.kind === 'video' ? ftyp('iso6', 'cmfc') : ftyp('iso6', 'cmfc', 'cmf2'),
    box(
      'moov',
      mvhd(track.timescale),
      box('trak', trackHeader(track), ...edit, media(track)),
      box('mvex', trex()),
    ),
  )
}

function trackHeader(track: Track): BoxContent {
  if (track.kind === 'audio') return tkhd({ kind: 'audio', width: 0, height: 0 })
  return tkhd({ kind: 'video', ...displaySize(track) })
}

function media(track: Track): BoxContent {
  return box(
    'mdia',
    mdhd(track.timescale),
    hdlr(track.kind),
    box('minf', track.kind === 'video' ? vmhd() : smhd(), dinf(), stbl(sampleEntry(track))),
  )
}
