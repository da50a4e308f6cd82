import { BitReader, ProtocolError } from '@sluice/core'
import { type BoxContent, fullBox } from './box.ts'

const STREAMINFO_SIZE = 34
const BLOCK_TYPE_STREAMINFO = 0
const LAST_METADATA_BLOCK = 0x80
/** Bits of STREAMINFO before the sample size: block sizes, frame sizes, sample rate, channels. */
const BITS_BEFORE_SAMPLE_SIZE = 16 + 16 + 24 + 24 + 20 + 3

/**
 * FLACSpecificBox with STREAMINFO as its only metadata block.
 *
 * @param streamInfo - the 34 bytes of the block, written as they are.
 * @throws {ProtocolError} `cmaf.dfLa.bad_stream_info` for another length.
 * @see Encapsulation of FLAC in ISO Base Media File Format v1.0 §3.3.2, RFC 9639 §8.2
 */
export function dfLa(streamInfo: Uint8Array): BoxContent {
  requireStreamInfo(streamInfo)
  return fullBox('dfLa', 0, 0, (writer) => {
    writer
      .u8(LAST_METADATA_BLOCK | BLOCK_TYPE_STREAMINFO)
      .u24be(STREAMINFO_SIZE)
      .bytes(streamInfo)
  })
}

/**
 * Bits of one sample of one channel, 4 to 32: a FLAC sample entry has to repeat them.
 *
 * @throws {ProtocolError} `cmaf.dfLa.bad_stream_info` when `streamInfo` is not 34 bytes long.
 * @see RFC 9639 §8.2
 */
export function flacSampleSize(streamInfo: Uint8Array): number {
  requireStreamInfo(streamInfo)
  const reader = new BitReader(streamInfo)
  reader.skip(BITS_BEFORE_SAMPLE_SIZE)
  return reader.bits(5) + 1
}

function requireStreamInfo(streamInfo: Uint8Array): void {
  if (streamInfo.length === STREAMINFO_SIZE) return
  throw new ProtocolError(
    'cmaf.dfLa.bad_stream_info',
    `a STREAMINFO of ${streamInfo.length} bytes, where it has ${STREAMINFO_SIZE}`,
    { spec: 'RFC 9639 §8.2' },
  )
}
