import { timescale } from '@sluice/core'
import type { AudioTrack } from '../track.ts'
import { OPUS_SAMPLE_RATE, readOpusHead } from './opus-head.ts'
import { readOpusPacketHeader } from './packet.ts'

/**
 * Describes an Opus stream. Rate and clock are 48 kHz, whatever went into the encoder.
 *
 * A packet may hold 2.5 to 120 ms; `samplesPerPacket` is what the first one holds, and encoders keep to it.
 *
 * @param opusHead - an OpusHead; kept as `config`, not copied. Empty where the sender has none to give, as
 *   Enhanced RTMP allows: then one is made, with the channels of `packet` and nothing to skip.
 * @param packet - the first Opus packet; only read.
 * @throws {ProtocolError} and {UnsupportedError} with the codes of `readOpusHead` and `readOpusPacketHeader`.
 */
export function opusTrack(opusHead: Uint8Array, packet: Uint8Array): AudioTrack {
  const { stereo, samples } = readOpusPacketHeader(packet)
  const config = opusHead.length > 0 ? opusHead : plainOpusHead(stereo ? 2 : 1)
  return {
    kind: 'audio',
    codec: 'opus',
    codecString: 'Opus',
    sampleRate: OPUS_SAMPLE_RATE,
    channels: readOpusHead(config).channels,
    samplesPerPacket: samples,
    timescale: timescale(OPUS_SAMPLE_RATE),
    config,
  }
}

/** Version 1, no pre-skip, an unknown input rate, no gain, mapping family 0 (RFC 7845 §5.1). */
function plainOpusHead(channels: 1 | 2): Uint8Array {
  const magic = [0x4f, 0x70, 0x75, 0x73, 0x48, 0x65, 0x61, 0x64]
  return Uint8Array.of(...magic, 1, channels, 0, 0, 0, 0, 0, 0, 0, 0, 0)
}
