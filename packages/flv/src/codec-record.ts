import { concatBytes, StateError } from '@sluice/core'
import type { AudioCodec, VideoCodec } from '@sluice/media'

/** Version 1 and no flags: what a `vpcC` box has before its record, and ffmpeg sends along. */
const VPCC_VERSION_AND_FLAGS = Uint8Array.of(1, 0, 0, 0)
/** "fLaC" and the header of a STREAMINFO block: type 0, 34 bytes. The last-block flag may be set as well. */
const FLAC_STREAMINFO_HEADER = Uint8Array.of(0x66, 0x4c, 0x61, 0x43, 0x00, 0x00, 0x00, 0x22)
const FLAC_BLOCK_TYPE_AT = 4
const FLAC_LAST_BLOCK = 0x80
const STREAMINFO_SIZE = 34

/** Bytes of the records that have one size. */
const AUDIO_RECORD_SIZE: Readonly<Partial<Record<AudioCodec, number>>> = {
  flac: STREAMINFO_SIZE,
  ac3: 0,
  eac3: 0,
  mp3: 0,
}

/**
 * The configuration record within a video SequenceStart: what the codec's MP4 box holds. VP9's record begins
 * behind version and flags, which ffmpeg sends and the letter of the specification leaves out. VP8 needs
 * none, so that its is empty whatever was sent.
 *
 * @returns a view of `bytes`.
 * @see Enhanced RTMP v2, Enhanced Video (SequenceStart); VP Codec ISO Media File Format Binding v1.0
 */
export function videoRecord(codec: VideoCodec, bytes: Uint8Array): Uint8Array {
  if (codec === 'vp8') return bytes.subarray(bytes.length)
  // A record's third byte starts with the bit depth: it is never 0, so the four bytes cannot be a record's.
  return codec === 'vp9' && startsWith(bytes, VPCC_VERSION_AND_FLAGS)
    ? bytes.subarray(VPCC_VERSION_AND_FLAGS.length)
    : bytes
}

/**
 * The configuration record within an audio SequenceStart. FLAC's is STREAMINFO alone: ffmpeg 9 sends that, the
 * specification has "fLaC" and a block header before it. AC-3, E-AC-3 and MP3 have none: theirs is empty
 * whatever was sent.
 *
 * @returns a view of `bytes`.
 * @see Enhanced RTMP v2, Enhanced Audio (SequenceStart); RFC 9639 §6, §8
 */
export function audioRecord(codec: AudioCodec, bytes: Uint8Array): Uint8Array {
  if (AUDIO_RECORD_SIZE[codec] === 0) return bytes.subarray(bytes.length)
  return codec === 'flac' && startsWithStreamInfo(bytes)
    ? bytes.subarray(FLAC_STREAMINFO_HEADER.length, FLAC_STREAMINFO_HEADER.length + STREAMINFO_SIZE)
    : bytes
}

/**
 * What a video SequenceStart carries for a record: the opposite of `videoRecord`.
 *
 * @throws {StateError} `flv.video.unwritable` for a record of VP8, which has none.
 */
export function videoSequenceStart(codec: VideoCodec, record: Uint8Array): Uint8Array {
  if (codec === 'vp8' && record.length > 0) throw unwritable('video', codec, record.length, 0)
  return codec === 'vp9' ? concatBytes([VPCC_VERSION_AND_FLAGS, record]) : record
}

/**
 * What an audio SequenceStart carries for a record: the opposite of `audioRecord`.
 *
 * @throws {StateError} `flv.audio.unwritable` for a STREAMINFO that has not 34 bytes, and for a record of AC-3,
 *   E-AC-3 and MP3, which have none.
 */
export function audioSequenceStart(codec: AudioCodec, record: Uint8Array): Uint8Array {
  const size = AUDIO_RECORD_SIZE[codec]
  if (size !== undefined && record.length !== size) throw unwritable('audio', codec, record.length, size)
  if (codec !== 'flac') return record
  const start = concatBytes([FLAC_STREAMINFO_HEADER, record])
  start[FLAC_BLOCK_TYPE_AT] = FLAC_LAST_BLOCK
  return start
}

function unwritable(medium: 'video' | 'audio', codec: string, size: number, expected: number): StateError {
  return new StateError(
    `flv.${medium}.unwritable`,
    `a ${codec} configuration has ${expected} bytes, not ${size}`,
    { details: { size, expected } },
  )
}

function startsWithStreamInfo(bytes: Uint8Array): boolean {
  return FLAC_STREAMINFO_HEADER.every(
    (byte, i) => byte === (i === FLAC_BLOCK_TYPE_AT ? (bytes[i] ?? 0xff) & ~FLAC_LAST_BLOCK : bytes[i]),
  )
}

function startsWith(bytes: Uint8Array, beginning: Uint8Array): boolean {
  return beginning.every((byte, i) => bytes[i] === byte)
}
