import { BitReader, ProtocolError } from '@sluice/core'
import { readStructure, type Structure } from '../bits/structure.ts'

/** The part of a frame's uncompressed header that describes the video. */
export interface Vp9FrameHeader {
  /** 0 to 3. */
  readonly profile: number
  /** False for an intra-only frame: it needs no other, but keeps the references of those that do. */
  readonly keyframe: boolean
  readonly bitDepth: 8 | 10 | 12
  readonly subsamplingX: boolean
  readonly subsamplingY: boolean
  /** Size of the decoded frame. */
  readonly width: number
  readonly height: number
}

const HEADER: Structure = { name: 'a VP9 frame header', code: 'media.vp9.frame', spec: 'VP9 §6.2' }

const FRAME_MARKER = 2
const SYNC_CODE = 0x498342
const COLOUR_SPACE_RGB = 7

/** How samples are stored. */
type SampleFormat = Pick<Vp9FrameHeader, 'bitDepth' | 'subsamplingX' | 'subsamplingY'>

/** What intra-only frames of profile 0 always have. */
const PROFILE_0_FORMAT: SampleFormat = { bitDepth: 8, subsamplingX: true, subsamplingY: true }

/**
 * Reads the uncompressed header of a keyframe or an intra-only frame: the two kinds that tell their size.
 *
 * @param frame - a VP9 frame, or a superframe, whose first frame begins it.
 * @throws {ProtocolError} `media.vp9.frame_truncated`, `media.vp9.frame_invalid` for what is no VP9 frame,
 *   `media.vp9.not_a_keyframe` for a frame that refers to others.
 * @see VP9 §6.2, §7.2
 */
export function readVp9FrameHeader(frame: Uint8Array): Vp9FrameHeader {
  return readStructure(HEADER, frame.length, () => readHeader(new BitReader(frame)))
}

function readHeader(reader: BitReader): Vp9FrameHeader {
  if (reader.bits(2) !== FRAME_MARKER) invalid('a frame begins with the bits 10')
  const profile = reader.bit() + 2 * reader.bit()
  if (profile === 3 && reader.flag()) invalid('there is no profile above 3')
  if (reader.flag()) notAKeyframe() // show_existing_frame
  const keyframe = !reader.flag()
  const shown = reader.flag()
  const errorResilient = reader.flag()
  if (!keyframe) {
    if (shown || !reader.flag()) notAKeyframe() // intra_only
    if (!errorResilient) reader.skip(2) // reset_frame_context
  }
  if (reader.bits(24) !== SYNC_CODE) invalid('an intra frame has the sync code 49 83 42')
  const format = keyframe || profile > 0 ? readSampleFormat(reader, profile) : PROFILE_0_FORMAT
  if (!keyframe) reader.skip(8) // refresh_frame_flags
  const width = reader.bits(16) + 1
  const height = reader.bits(16) + 1
  return { profile, keyframe, ...format, width, height }
}

/** @see VP9 §6.2.2 */
function readSampleFormat(reader: BitReader, profile: number): SampleFormat {
  const bitDepth = profile < 2 ? 8 : reader.flag() ? 12 : 10
  const chooses = profile === 1 || profile === 3
  if (reader.bits(3) === COLOUR_SPACE_RGB) {
    if (!chooses) invalid(`profile ${profile} has no RGB`)
    reader.skip(1)
    return { bitDepth, subsamplingX: false, subsamplingY: false }
  }
  reader.flag() // color_range
  if (!chooses) return { bitDepth, subsamplingX: true, subsamplingY: true }
  const subsamplingX = reader.flag()
  const subsamplingY = reader.flag()
  reader.skip(1)
  return { bitDepth, subsamplingX, subsamplingY }
}

function invalid(rule: string): never {
  throw new ProtocolError('media.vp9.frame_invalid', `no VP9 frame: ${rule}`, { spec: HEADER.spec })
}

function notAKeyframe(): never {
  throw new ProtocolError(
    'media.vp9.not_a_keyframe',
    'a VP9 frame that refers to others does not tell its size',
    { spec: HEADER.spec },
  )
}
