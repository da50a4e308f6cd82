import { BitReader, ProtocolError } from '@sluice/core'

/** The metadata block every FLAC stream begins with, without its totals and checksum. */
export interface FlacStreamInfo {
  /** Samples of the smallest and largest frame, the last one not counted; the same where frames are of one size. */
  readonly minBlockSize: number
  readonly maxBlockSize: number
  /** Hz. */
  readonly sampleRate: number
  /** 1 to 8. */
  readonly channels: number
  /** 4 to 32. */
  readonly bitsPerSample: number
}

const SPEC = 'RFC 9639 §8.2'

/** Bytes of a STREAMINFO block, without `fLaC` and block header. */
const SIZE = 34
const MIN_BLOCK_SIZE = 16
const MIN_BITS_PER_SAMPLE = 4

/**
 * Reads a bare STREAMINFO block.
 *
 * @param bytes - 34 bytes: without `fLaC` and without the four bytes of a block header.
 * @throws {ProtocolError} `media.flac.stream_info_invalid` for another size, block sizes that do not exist,
 *   no sample rate, or less than 4 bits.
 * @see RFC 9639 §8.2
 */
export function readFlacStreamInfo(bytes: Uint8Array): FlacStreamInfo {
  if (bytes.length !== SIZE) invalid(`${bytes.length} bytes, where it has ${SIZE}`)
  const reader = new BitReader(bytes)
  const minBlockSize = reader.bits(16)
  const maxBlockSize = reader.bits(16)
  if (minBlockSize < MIN_BLOCK_SIZE || maxBlockSize < minBlockSize) {
    invalid(`blocks of ${minBlockSize} to ${maxBlockSize} samples`)
  }
  reader.skip(24 + 24) // smallest and largest frame, in bytes
  const sampleRate = reader.bits(20)
  if (sampleRate === 0) invalid('a sample rate of 0')
  const channels = reader.bits(3) + 1
  const bitsPerSample = reader.bits(5) + 1
  if (bitsPerSample < MIN_BITS_PER_SAMPLE) invalid(`${bitsPerSample} bits a sample`)
  return { minBlockSize, maxBlockSize, sampleRate, channels, bitsPerSample }
}

function invalid(reason: string): never {
  throw new ProtocolError('media.flac.stream_info_invalid', `a FLAC STREAMINFO with ${reason}`, {
    spec: SPEC,
  })
}
