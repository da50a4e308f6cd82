import { timescale } from '@sluice/core'
import type { AudioTrack } from '../track.ts'
import { readFlacStreamInfo } from './stream-info.ts'

/**
 * Describes a FLAC stream. `samplesPerPacket` is its largest block: all are of that size but the last, unless
 * the encoder varies them, which those for live streams do not.
 *
 * @param streamInfo - a bare STREAMINFO of 34 bytes; kept as `config`, not copied.
 * @throws {ProtocolError} with the code of `readFlacStreamInfo`.
 */
export function flacTrack(streamInfo: Uint8Array): AudioTrack {
  const { sampleRate, channels, maxBlockSize } = readFlacStreamInfo(streamInfo)
  return {
    kind: 'audio',
    codec: 'flac',
    codecString: 'fLaC',
    sampleRate,
    channels,
    samplesPerPacket: maxBlockSize,
    timescale: timescale(sampleRate),
    config: streamInfo,
  }
}
