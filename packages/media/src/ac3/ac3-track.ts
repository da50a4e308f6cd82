import { timescale } from '@sluice/core'
import { BitWriter } from '../bits/bit-writer.ts'
import type { AudioTrack } from '../track.ts'
import { type Ac3FrameHeader, readAc3FrameHeader } from './ac3-frame.ts'
import { BLOCKS_PER_FRAME, channelsOfMode, SAMPLES_PER_BLOCK } from './sync-frame.ts'

/**
 * Describes an AC-3 stream by one of its frames: there is no configuration record, so `config` is made from it.
 *
 * @param frame - only read.
 * @returns `config` is the payload of `dac3`.
 * @throws {ProtocolError} and {UnsupportedError} with the codes of `readAc3FrameHeader`.
 */
export function ac3Track(frame: Uint8Array): AudioTrack {
  const header = readAc3FrameHeader(frame)
  return {
    kind: 'audio',
    codec: 'ac3',
    codecString: 'ac-3',
    sampleRate: header.sampleRate,
    channels: channelsOfMode(header.acmod, header.lfe),
    samplesPerPacket: BLOCKS_PER_FRAME * SAMPLES_PER_BLOCK,
    timescale: timescale(header.sampleRate),
    config: writeAc3SpecificBox(header),
  }
}

/**
 * The payload of an AC3SpecificBox: what a frame's header says, in three bytes.
 *
 * @see ETSI TS 102 366 §F.4
 */
function writeAc3SpecificBox(header: Omit<Ac3FrameHeader, 'sampleRate'>): Uint8Array {
  return new BitWriter()
    .bits(header.fscod, 2)
    .bits(header.bsid, 5)
    .bits(header.bsmod, 3)
    .bits(header.acmod, 3)
    .flag(header.lfe)
    .bits(header.bitRateCode, 5)
    .bits(0, 5)
    .finish()
}
