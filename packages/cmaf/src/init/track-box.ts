import type { Ticks } from '@sluice/core'
import { displaySize, type Track } from '@sluice/media'
import { type BoxContent, box } from '../box/box.ts'
import { edts } from '../box/edit-list-box.ts'
import { hdlr } from '../box/handler-box.ts'
import { mdhd } from '../box/media-header-box.ts'
import { dinf, smhd, stbl, vmhd } from '../box/media-information-boxes.ts'
import { sbgp, sgpd } from '../box/roll-group-boxes.ts'
import { tkhd } from '../box/track-header-box.ts'
import { rollDistance } from './roll-distance.ts'
import { sampleEntry } from './sample-entry.ts'

/** What a TrackBox says beside its track. */
export interface TrackBoxOptions {
  readonly trackId: number
  /** Media time at which the presentation begins, in the track's timescale; 0: no edit list. */
  readonly startsAt: Ticks
}

/**
 * TrackBox of a track whose samples are all in fragments.
 *
 * @throws {ProtocolError} and {UnsupportedError} of `sampleEntry`.
 * @throws {StateError} `core.bytes.out_of_range` for a picture that is 65 536 or more wide or high.
 * @see ISO/IEC 14496-12 §8.3.1
 */
export function trak(track: Track, options: TrackBoxOptions): BoxContent {
  const { trackId, startsAt } = options
  return box('trak', trackHeader(track, trackId), ...(startsAt === 0 ? [] : [edts(startsAt)]), media(track))
}

function trackHeader(track: Track, trackId: number): BoxContent {
  const size = track.kind === 'video' ? displaySize(track) : { width: 0, height: 0 }
  return tkhd({ trackId, kind: track.kind, ...size })
}

function media(track: Track): BoxContent {
  const mediaHeader = track.kind === 'video' ? vmhd() : smhd()
  const table = stbl(sampleEntry(track), ...sampleGroups(track))
  return box('mdia', mdhd(track.timescale), hdlr(track.kind), box('minf', mediaHeader, dinf(), table))
}

/** Where fragments put samples into groups, the groups are described here, and a table for no samples is due. */
function sampleGroups(track: Track): BoxContent[] {
  const distance = rollDistance(track)
  return distance === undefined ? [] : [sgpd(distance), sbgp(0)]
}
