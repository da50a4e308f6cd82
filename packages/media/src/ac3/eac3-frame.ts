import { BitReader, ProtocolError, UnsupportedError } from '@sluice/core'
import { readStructure, type Structure } from '../bits/structure.ts'
import { BLOCKS_PER_FRAME, readSyncWord, SAMPLE_RATES } from './sync-frame.ts'

/** What the header of one E-AC-3 frame says: a packet holds one for each of its substreams, or several. */
export interface Eac3FrameHeader {
  /** True for channels that go on top of the independent substream before it. */
  readonly dependent: boolean
  /** `substreamid`, 0 to 7, counted apart for both kinds. */
  readonly substream: number
  /** Bytes of the whole frame. */
  readonly size: number
  /** `fscod`: as for AC-3, and 3 for half of those rates. */
  readonly fscod: number
  readonly sampleRate: number
  /** 1, 2, 3 or 6 audio blocks of 256 samples. */
  readonly blocks: number
  /** `bsid`: 16, or 11 to 15. */
  readonly bsid: number
  /** `bsmod`: 0 is the main service; also where nothing is said. */
  readonly bsmod: number
  /** `acmod`: which full-bandwidth channels there are. */
  readonly acmod: number
  readonly lfe: boolean
  /** `chanmap`: where a dependent substream's channels belong; undefined where nothing is said. */
  readonly channelMap: number | undefined
}

const FRAME: Structure = {
  name: 'an E-AC-3 frame header',
  code: 'media.eac3.frame',
  spec: 'ETSI TS 102 366 §E.1.2',
}

const MIN_BSID = 11
const MAX_BSID = 16

/** `strmtyp`: 0 independent, 1 dependent, 2 independent and converted from AC-3, 3 reserved. */
const DEPENDENT = 1
const RESERVED_TYPE = 3
/** `fscod` that announces a rate half as high. */
const HALF_RATE = 3
/** `numblkscod` 0 to 3. */
const BLOCKS: readonly number[] = [1, 2, 3, BLOCKS_PER_FRAME]
/** Bytes up to the end of the fields that are always there. */
const MIN_SIZE = 7
const ACMOD_DUAL_MONO = 0

/**
 * Reads the header of the E-AC-3 frame at the start of `bytes`, as far as the kind of service.
 *
 * @param bytes - the frame, other frames may follow it.
 * @throws {ProtocolError} `media.eac3.frame_truncated`, `media.eac3.sync_word`, `media.eac3.frame_invalid` for
 *   a reserved sample rate or kind of substream, or a frame shorter than its header.
 * @throws {UnsupportedError} `media.eac3.bitstream` for a `bsid` outside 11 to 16: plain AC-3, or later kinds.
 * @see ETSI TS 102 366 §E.1.2, §E.1.3
 */
export function readEac3FrameHeader(bytes: Uint8Array): Eac3FrameHeader {
  return readStructure(FRAME, bytes.length, () => readHeader(new BitReader(bytes)))
}

function readHeader(reader: BitReader): Eac3FrameHeader {
  readSyncWord(reader, 'media.eac3')
  const type = reader.bits(2)
  const substream = reader.bits(3)
  const size = (reader.bits(11) + 1) * 2
  const fscod = reader.bits(2)
  const halfRateCode = fscod === HALF_RATE ? reader.bits(2) : 0
  const blocks = fscod === HALF_RATE ? BLOCKS_PER_FRAME : BLOCKS[reader.bits(2)]
  const fullRate = SAMPLE_RATES[fscod === HALF_RATE ? halfRateCode : fscod]
  const acmod = reader.bits(3)
  const lfe = reader.flag()
  const bsid = reader.bits(5)
  if (bsid < MIN_BSID || bsid > MAX_BSID) {
    throw new UnsupportedError(
      'media.eac3.bitstream',
      `E-AC-3 has a bsid of ${MIN_BSID} to ${MAX_BSID}, not ${bsid}`,
      { details: { bsid }, spec: 'ETSI TS 102 366 §E.1.3.1.6' },
    )
  }
  if (type === RESERVED_TYPE || fullRate === undefined || blocks === undefined || size < MIN_SIZE) {
    throw new ProtocolError(
      'media.eac3.frame_invalid',
      `an E-AC-3 frame of ${size} bytes with stream type ${type} and sample rate codes ${fscod} and ${halfRateCode}`,
      { details: { size, type, fscod, halfRateCode }, spec: 'ETSI TS 102 366 §E.1.3.1' },
    )
  }
  const dependent = type === DEPENDENT
  skipLoudness(reader, acmod)
  const channelMap = dependent && reader.flag() ? reader.bits(16) : undefined
  if (reader.flag()) skipMixing(reader, { independent: type === 0, acmod, lfe, blocks })
  const bsmod = reader.flag() ? reader.bits(3) : 0 // infomdate
  return {
    dependent,
    substream,
    size,
    fscod,
    sampleRate: fscod === HALF_RATE ? fullRate / 2 : fullRate,
    blocks,
    bsid,
    bsmod,
    acmod,
    lfe,
    channelMap,
  }
}

/** Dialogue level and compression, of each programme where there are two. */
function skipLoudness(reader: BitReader, acmod: number): void {
  const programmes = acmod === ACMOD_DUAL_MONO ? 2 : 1
  for (let programme = 0; programme < programmes; programme++) {
    reader.skip(5) // dialnorm
    skipOptional(reader, 8) // compr
  }
}

interface Mixed {
  readonly independent: boolean
  readonly acmod: number
  readonly lfe: boolean
  readonly blocks: number
}

/** @see ETSI TS 102 366 table E.1.2, from `mixmdate` on */
function skipMixing(reader: BitReader, { independent, acmod, lfe, blocks }: Mixed): void {
  const centre = (acmod & 1) !== 0 && acmod > 2
  const surround = (acmod & 4) !== 0
  if (acmod > 2) reader.skip(2) // dmixmod
  if (centre) reader.skip(3 + 3) // ltrtcmixlev, lorocmixlev
  if (surround) reader.skip(3 + 3) // ltrtsurmixlev, lorosurmixlev
  if (lfe) skipOptional(reader, 5) // lfemixlevcod
  if (!independent) return
  skipOptional(reader, 6) // pgmscl
  if (acmod === ACMOD_DUAL_MONO) skipOptional(reader, 6) // pgmscl2
  skipOptional(reader, 6) // extpgmscl
  skipMixingControl(reader)
  if (acmod < 2) skipOptional(reader, 8 + 6) // panmean, paninfo
  if (acmod === ACMOD_DUAL_MONO) skipOptional(reader, 8 + 6) // panmean2, paninfo2
  if (!reader.flag()) return // frmmixcfginfoe
  if (blocks === 1)
    reader.skip(5) // blkmixcfginfo
  else for (let block = 0; block < blocks; block++) skipOptional(reader, 5)
}

/** What `mixdef` announces. */
function skipMixingControl(reader: BitReader): void {
  const definition = reader.bits(2)
  if (definition === 1) reader.skip(1 + 1 + 3) // premixcmpsel, drcsrc, premixcmpscl
  if (definition === 2) reader.skip(12) // mixdata
  if (definition === 3) reader.skip(8 * (reader.bits(5) + 2)) // mixdeflen, mixdata
}

/** A field that a flag before it announces. */
function skipOptional(reader: BitReader, bits: number): void {
  if (reader.flag()) reader.skip(bits)
}
