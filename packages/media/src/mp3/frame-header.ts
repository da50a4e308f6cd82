import { BitReader, ProtocolError, UnsupportedError } from '@sluice/core'
import { readStructure, type Structure } from '../bits/structure.ts'

/** What the header of an MP3 frame says. */
export interface Mp3FrameHeader {
  /** 1 MPEG-1; 2 MPEG-2, half the rates; 2.5 a quarter of them, in no standard. */
  readonly version: 1 | 2 | 2.5
  readonly sampleRate: number
  readonly channels: 1 | 2
  /** Samples of each channel in the frame. */
  readonly samples: 1152 | 576
}

const HEADER: Structure = {
  name: 'an MP3 frame header',
  code: 'media.mp3.frame',
  spec: 'ISO/IEC 11172-3 §2.4.1.3',
}

/** The bits at the start, all set. */
const SYNC_WORD = 0x7ff
/** `ID` with the bit before it: 1 is reserved. */
const VERSIONS: readonly (1 | 2 | 2.5 | undefined)[] = [2.5, undefined, 2, 1]
/** `layer` of Layer III. */
const LAYER_III = 1
/** `bitrate_index` that is forbidden. */
const BAD_BIT_RATE = 15
const SINGLE_CHANNEL = 3

/** Hz of `sampling_frequency` 0 to 2 in MPEG-1. */
const SAMPLE_RATES: readonly number[] = [44_100, 48_000, 32_000]
/** By what the rates of the others are divided. */
const RATE_DIVISORS = { 1: 1, 2: 2, 2.5: 4 } as const

/**
 * Reads the four bytes an MP3 frame begins with.
 *
 * @throws {ProtocolError} `media.mp3.frame_truncated`, `media.mp3.frame_invalid` for a wrong sync word or a
 *   reserved value.
 * @throws {UnsupportedError} `media.mp3.layer` for MPEG audio of Layer I or II.
 * @see ISO/IEC 11172-3 §2.4.1.3, §2.4.2.3, ISO/IEC 13818-3 §2.4.2.3
 */
export function readMp3FrameHeader(frame: Uint8Array): Mp3FrameHeader {
  return readStructure(HEADER, frame.length, () => readHeader(new BitReader(frame)))
}

function readHeader(reader: BitReader): Mp3FrameHeader {
  const syncWord = reader.bits(11)
  if (syncWord !== SYNC_WORD) invalid(`the sync word ${syncWord.toString(16)}, where 7ff belongs`)
  const version = VERSIONS[reader.bits(2)]
  if (version === undefined) return invalid('a reserved version')
  const layer = reader.bits(2)
  if (layer === 0) invalid('a reserved layer')
  if (layer !== LAYER_III) {
    throw new UnsupportedError(
      'media.mp3.layer',
      `MPEG audio of layer ${4 - layer} is not handled, only of layer 3`,
      {
        details: { layer: 4 - layer },
        spec: HEADER.spec,
      },
    )
  }
  reader.flag() // protection_bit
  if (reader.bits(4) === BAD_BIT_RATE) invalid('a forbidden bit rate')
  const fullRate = SAMPLE_RATES[reader.bits(2)]
  if (fullRate === undefined) return invalid('a reserved sample rate')
  reader.skip(2) // padding_bit, private_bit
  return {
    version,
    sampleRate: fullRate / RATE_DIVISORS[version],
    channels: reader.bits(2) === SINGLE_CHANNEL ? 1 : 2,
    samples: version === 1 ? 1152 : 576,
  }
}

function invalid(reason: string): never {
  throw new ProtocolError('media.mp3.frame_invalid', `an MP3 frame header with ${reason}`, {
    spec: HEADER.spec,
  })
}
