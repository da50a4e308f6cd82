import { BitReader, ProtocolError, UnsupportedError } from '@sluice/core'
import { readStructure, type Structure } from '../bits/structure.ts'
import { readSyncWord, SAMPLE_RATES } from './sync-frame.ts'

/** What the header of an AC-3 frame says of the stream. */
export interface Ac3FrameHeader {
  /** `fscod`: 0 48 kHz, 1 44.1 kHz, 2 32 kHz. */
  readonly fscod: number
  readonly sampleRate: number
  /** `frmsizecod` without its lowest bit, 0 to 18: one of nineteen bit rates. */
  readonly bitRateCode: number
  /** `bsid`: 8, or 6 with other mixing information. */
  readonly bsid: number
  /** `bsmod`: 0 is the main service. */
  readonly bsmod: number
  /** `acmod`: which full-bandwidth channels there are. */
  readonly acmod: number
  readonly lfe: boolean
}

const FRAME: Structure = {
  name: 'an AC-3 frame header',
  code: 'media.ac3.frame',
  spec: 'ETSI TS 102 366 §4.3',
}

const MAX_BSID = 8
const BIT_RATES = 19

const ACMOD_MONO = 1
const ACMOD_STEREO = 2

/**
 * Reads the header of an AC-3 frame as far as its channels.
 *
 * @throws {ProtocolError} `media.ac3.frame_truncated`, `media.ac3.sync_word`, `media.ac3.frame_invalid` for a
 *   reserved sample rate or bit rate.
 * @throws {UnsupportedError} `media.ac3.bitstream` for a `bsid` above 8: E-AC-3, or rates halved by old tools.
 * @see ETSI TS 102 366 §4.3.1, §4.3.2
 */
export function readAc3FrameHeader(frame: Uint8Array): Ac3FrameHeader {
  return readStructure(FRAME, frame.length, () => readHeader(new BitReader(frame)))
}

function readHeader(reader: BitReader): Ac3FrameHeader {
  readSyncWord(reader, 'media.ac3')
  reader.skip(16) // crc1
  const fscod = reader.bits(2)
  const bitRateCode = reader.bits(6) >> 1
  const bsid = reader.bits(5)
  if (bsid > MAX_BSID) {
    throw new UnsupportedError('media.ac3.bitstream', `AC-3 has a bsid of up to ${MAX_BSID}, not ${bsid}`, {
      details: { bsid },
      spec: 'ETSI TS 102 366 §4.4.2.1',
    })
  }
  const sampleRate = SAMPLE_RATES[fscod]
  if (sampleRate === undefined || bitRateCode >= BIT_RATES) {
    throw new ProtocolError(
      'media.ac3.frame_invalid',
      `an AC-3 frame with the reserved fscod ${fscod} or bit rate ${bitRateCode}`,
      { details: { fscod, bitRateCode }, spec: 'ETSI TS 102 366 §4.4.1' },
    )
  }
  const bsmod = reader.bits(3)
  const acmod = reader.bits(3)
  if ((acmod & 1) !== 0 && acmod !== ACMOD_MONO) reader.skip(2) // cmixlev
  if ((acmod & 4) !== 0) reader.skip(2) // surmixlev
  if (acmod === ACMOD_STEREO) reader.skip(2) // dsurmod
  return { fscod, sampleRate, bitRateCode, bsid, bsmod, acmod, lfe: reader.flag() }
}
