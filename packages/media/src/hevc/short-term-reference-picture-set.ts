import type { BitReader } from '@sluice/core'
import { type Structure, upTo } from '../bits/structure.ts'

/** `sps_max_dec_pic_buffering_minus1` is at most 15, and no set is larger. */
const MAX_PICTURES = 16

/**
 * Distances in picture order count from a picture to those it may refer to, in the order of
 * the standard: earlier ones, the nearest first, then later ones, the nearest first.
 */
type Distances = readonly number[]

/**
 * Passes over the short-term reference picture sets of an SPS. Their contents count, because the length of a
 * set that is predicted from another depends on them.
 *
 * @param count - `num_short_term_ref_pic_sets`, at most 64.
 * @param structure - what is being read, for errors.
 * @throws {ProtocolError} `<code>_invalid` for a set of more than 16 pictures.
 * @see ITU-T H.265 §7.3.7, §7.4.8
 */
export function skipShortTermReferencePictureSets(
  reader: BitReader,
  count: number,
  structure: Structure,
): void {
  let previous: Distances | undefined
  for (let i = 0; i < count; i++) {
    const predicted = previous !== undefined && reader.flag() // inter_ref_pic_set_prediction_flag
    previous = predicted ? readPredicted(reader, previous ?? []) : readExplicit(reader, structure)
    upTo(MAX_PICTURES, previous.length, 'pictures in a reference picture set', structure)
  }
}

function readExplicit(reader: BitReader, structure: Structure): Distances {
  const earlier = upTo(MAX_PICTURES, reader.ue(), 'num_negative_pics', structure)
  const later = upTo(MAX_PICTURES, reader.ue(), 'num_positive_pics', structure)
  return [...readRun(reader, earlier, -1), ...readRun(reader, later, 1)]
}

function readRun(reader: BitReader, count: number, sign: number): number[] {
  const distances: number[] = []
  let distance = 0
  for (let i = 0; i < count; i++) {
    distance += sign * (reader.ue() + 1) // delta_poc_s0_minus1, delta_poc_s1_minus1
    reader.flag() // used_by_curr_pic_s0_flag, used_by_curr_pic_s1_flag
    distances.push(distance)
  }
  return distances
}

/** The set before it moved by a distance, that distance itself put behind it; flags say which of these stay. */
function readPredicted(reader: BitReader, from: Distances): Distances {
  const backwards = reader.flag() // delta_rps_sign
  const delta = (backwards ? -1 : 1) * (reader.ue() + 1) // abs_delta_rps_minus1
  const kept: number[] = []
  for (const distance of [...from, 0]) {
    const used = reader.flag() // used_by_curr_pic_flag
    const moved = distance + delta
    // use_delta_flag is only there for pictures that this one does not use itself, and else means yes.
    if ((used || reader.flag()) && moved !== 0) kept.push(moved)
  }
  const earlier = kept.filter((distance) => distance < 0).toSorted((a, b) => b - a)
  const later = kept.filter((distance) => distance > 0).toSorted((a, b) => a - b)
  return [...earlier, ...later]
}
