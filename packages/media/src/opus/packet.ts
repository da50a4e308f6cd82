import { ProtocolError } from '@sluice/core'

/** What the first bytes of an Opus packet say. */
export interface OpusPacketHeader {
  /** The first stream's own; output channels are the OpusHead's. */
  readonly stereo: boolean
  /** Samples at 48 kHz in the whole packet, 120 to 5760. */
  readonly samples: number
}

/** Samples at 48 kHz of one frame, for each of the 32 configurations (RFC 6716 table 2). */
const FRAME_SAMPLES: readonly number[] = [
  ...[480, 960, 1920, 2880], // SILK, narrowband
  ...[480, 960, 1920, 2880], // SILK, medium band
  ...[480, 960, 1920, 2880], // SILK, wideband
  ...[480, 960], // hybrid, super-wideband
  ...[480, 960], // hybrid, fullband
  ...[120, 240, 480, 960], // CELT, narrowband
  ...[120, 240, 480, 960], // CELT, wideband
  ...[120, 240, 480, 960], // CELT, super-wideband
  ...[120, 240, 480, 960], // CELT, fullband
]

/** 120 ms. */
const MAX_SAMPLES = 5760

/**
 * Reads the table of contents byte of a packet and, where that leaves it open, the count of frames behind it.
 *
 * @throws {ProtocolError} `media.opus.packet_invalid` for an empty packet, no frames, or more than 120 ms.
 * @see RFC 6716 §3.1, §3.2
 */
export function readOpusPacketHeader(packet: Uint8Array): OpusPacketHeader {
  const [contents, count] = packet
  if (contents === undefined) return invalid('no table of contents')
  const frames = framesOf(contents & 0x03, count)
  const samples = frames * (FRAME_SAMPLES[contents >> 3] ?? 0)
  if (samples === 0 || samples > MAX_SAMPLES) {
    return invalid(`${samples} samples, where 1 to ${MAX_SAMPLES} are allowed`)
  }
  return { stereo: (contents & 0x04) !== 0, samples }
}

function framesOf(code: number, count: number | undefined): number {
  if (code === 0) return 1
  if (code !== 3) return 2
  return count === undefined ? invalid('no count of frames') : count & 0x3f
}

function invalid(reason: string): never {
  throw new ProtocolError('media.opus.packet_invalid', `an Opus packet with ${reason}`, {
    spec: 'RFC 6716 §3.4',
  })
}
