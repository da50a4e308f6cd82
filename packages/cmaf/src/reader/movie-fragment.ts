import { ProtocolError, type Ticks, ticks } from '@sluice/core'
import { findBox, readBoxes, requireBox } from '../box/box-reader.ts'
import { readBaseDecodeTime } from '../box/track-fragment-decode-time-box.ts'
import { readTrackFragmentHeader, type TrackFragmentHeader } from '../box/track-fragment-header-box.ts'
import { readTrackRun } from '../box/track-run-box.ts'
import type { Movie } from './movie.ts'

/** A sample that a `moof` describes. Times are in the file's media timescale. */
export interface SampleDescription {
  readonly dts: Ticks
  readonly pts: Ticks
  readonly flags: number
  /** Absolute position of its first byte in the file. */
  readonly position: number
  /** Bytes. */
  readonly size: number
}

/**
 * Most samples in one fragment: two minutes of video, where an encoder's hold a second or two. A run can claim any number of
 * samples without a byte for each, so this bounds what a few bytes may cost.
 */
const MAX_SAMPLES = 8_192

/**
 * Reads the body of a `moof`.
 *
 * @param start - absolute position of the `moof` in the file.
 * @returns the samples in decode order.
 * @throws {ProtocolError} `cmaf.moof.unknown_track`, `cmaf.moof.no_decode_time`, and codes of `box/`.
 */
export function readMovieFragment(body: Uint8Array, start: number, movie: Movie): SampleDescription[] {
  const samples: SampleDescription[] = []
  for (const each of readBoxes('moof', body)) {
    if (each.type === 'traf') readTrackFragment(each.body, start, movie, samples)
  }
  return samples
}

function readTrackFragment(
  body: Uint8Array,
  moofStart: number,
  movie: Movie,
  samples: SampleDescription[],
): void {
  const header = readTrackFragmentHeader(requireBox('traf', body, 'tfhd'))
  if (header.trackId !== movie.trackId) {
    throw new ProtocolError(
      'cmaf.moof.unknown_track',
      `a fragment of track ${header.trackId}, where the movie has only ${movie.trackId}`,
    )
  }
  const boxes = readBoxes('traf', body)
  const decodeTime = findBox(boxes, 'tfdt')
  if (decodeTime === undefined) {
    throw new ProtocolError('cmaf.moof.no_decode_time', "a fragment without 'tfdt'", {
      spec: 'ISO/IEC 23000-19 §7.5.16',
    })
  }
  const base = header.baseDataOffset ?? moofStart
  const defaults = effectiveDefaults(header, movie)
  let dts = readBaseDecodeTime(decodeTime)
  let position = base
  for (const each of boxes) {
    if (each.type !== 'trun') continue
    const run = readTrackRun(each.body, MAX_SAMPLES - samples.length)
    if (run.dataOffset !== undefined) position = base + run.dataOffset
    for (const sample of run.samples) {
      const size = sample.size ?? defaults.size
      samples.push({
        dts,
        pts: ticks(dts + sample.compositionOffset),
        flags: sample.flags ?? defaults.flags,
        position,
        size,
      })
      position += size
      dts = ticks(dts + (sample.duration ?? defaults.duration))
    }
  }
}

function effectiveDefaults(header: TrackFragmentHeader, movie: Movie): Movie['defaults'] {
  return {
    duration: header.duration ?? movie.defaults.duration,
    size: header.size ?? movie.defaults.size,
    flags: header.flags ?? movie.defaults.flags,
  }
}
