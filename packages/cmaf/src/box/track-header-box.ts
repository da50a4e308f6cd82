import { type BoxContent, fullBox } from './box.ts'
import { readFullBox } from './box-reader.ts'
import { writeIdentityMatrix } from './identity-matrix.ts'

/** The id of the only track in a CMAF file. */
export const SINGLE_TRACK_ID = 1

const ENABLED_IN_MOVIE_IN_PREVIEW = 0x000007
const FULL_VOLUME_8_8 = 0x0100

/** What of a track header depends on the track. */
export interface TrackHeader {
  /** Not 0, and another for each track of a file. */
  readonly trackId: number
  readonly kind: 'video' | 'audio'
  /** Displayed size in square pixels, fractions allowed; 0 × 0 for audio. */
  readonly width: number
  readonly height: number
}

/**
 * TrackHeaderBox.
 *
 * @throws {StateError} `core.bytes.out_of_range` for a size of 65 536 or more.
 * @see ISO/IEC 14496-12 §8.3.2, ISO/IEC 23000-19 §7.5.4
 */
export function tkhd(header: TrackHeader): BoxContent {
  return fullBox('tkhd', 0, ENABLED_IN_MOVIE_IN_PREVIEW, (writer) => {
    writer.u32be(0).u32be(0) // creation and modification time
    writer.u32be(header.trackId).u32be(0).u32be(0) // id, reserved, duration
    writer.zeros(8) // reserved
    writer.u16be(0).u16be(0) // layer, alternate group
    writer.u16be(header.kind === 'audio' ? FULL_VOLUME_8_8 : 0).u16be(0)
    writeIdentityMatrix(writer)
    writer.u32be(fixed16_16(header.width)).u32be(fixed16_16(header.height))
  })
}

function fixed16_16(value: number): number {
  return Math.round(value * 0x10000)
}

/** The track id in a TrackHeaderBox. */
export function readTrackId(body: Uint8Array): number {
  return readFullBox('tkhd', body, (reader, version) => {
    reader.skip(version === 1 ? 16 : 8)
    return reader.u32be()
  })
}
