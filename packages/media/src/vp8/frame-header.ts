import { ByteReader, ProtocolError } from '@sluice/core'
import { readStructure, type Structure } from '../bits/structure.ts'

/** What the uncompressed part of a VP8 keyframe says. */
export interface Vp8FrameHeader {
  /** `version`, 0 to 3: how much work the filters are. The profile of codec strings. */
  readonly profile: number
  readonly width: number
  readonly height: number
}

const HEADER: Structure = { name: 'a VP8 frame header', code: 'media.vp8.frame', spec: 'RFC 6386 §9.1' }

const START_CODE = 0x9d012a
/** The upper two bits of each size ask the player for a magnification; they are not part of the picture. */
const SIZE_MASK = 0x3fff
const HIGHEST_PROFILE = 3

/**
 * Reads the first ten bytes of a VP8 keyframe.
 *
 * @throws {ProtocolError} `media.vp8.frame_truncated`, `media.vp8.not_a_keyframe`, `media.vp8.frame_invalid`
 *   for a wrong start code, a version that does not exist or a picture without size.
 * @see RFC 6386 §9.1
 */
export function readVp8FrameHeader(frame: Uint8Array): Vp8FrameHeader {
  return readStructure(HEADER, frame.length, () => readHeader(new ByteReader(frame)))
}

function readHeader(reader: ByteReader): Vp8FrameHeader {
  const tag = reader.u8()
  if ((tag & 0x01) !== 0) {
    throw new ProtocolError(
      'media.vp8.not_a_keyframe',
      'a VP8 frame that refers to others does not tell its size',
      { spec: HEADER.spec },
    )
  }
  const profile = (tag >> 1) & 0x07
  if (profile > HIGHEST_PROFILE) invalid(`version ${profile}, where the highest is ${HIGHEST_PROFILE}`)
  reader.skip(2) // first_part_size
  const startCode = reader.u24be()
  if (startCode !== START_CODE) invalid(`a start code of ${startCode.toString(16)} where 9d012a belongs`)
  const width = readSize(reader)
  const height = readSize(reader)
  if (width === 0 || height === 0) invalid(`a picture of ${width}x${height}`)
  return { profile, width, height }
}

/** Fourteen bits, the lower byte first. */
function readSize(reader: ByteReader): number {
  return (reader.u8() | (reader.u8() << 8)) & SIZE_MASK
}

function invalid(reason: string): never {
  throw new ProtocolError('media.vp8.frame_invalid', `no VP8 keyframe: ${reason}`, { spec: HEADER.spec })
}
