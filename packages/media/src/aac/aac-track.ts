import { timescale } from '@sluice/core'
import type { AudioTrack } from '../track.ts'
import {
  AudioObjectType,
  type AudioSpecificConfig,
  readAudioSpecificConfig,
} from './audio-specific-config.ts'

/**
 * Describes the audio that an AudioSpecificConfig announces.
 *
 * With SBR a frame of 1024 core samples comes out of the decoder as 2048 at twice the rate: the same time.
 * `sampleRate`, `timescale` and `samplesPerPacket` are the core's, because unannounced SBR cannot be seen
 * here and must not change the arithmetic. `channels` counts what is heard: 2 for mono with parametric stereo.
 *
 * @param asc - an AudioSpecificConfig; kept as `config`, not copied.
 * @throws {ProtocolError} and {UnsupportedError} with the codes of `readAudioSpecificConfig`.
 */
export function aacTrack(asc: Uint8Array): AudioTrack {
  const config = readAudioSpecificConfig(asc)
  return {
    kind: 'audio',
    codec: 'aac',
    codecString: aacCodecString(config),
    sampleRate: config.sampleRate,
    channels: config.sbr?.parametricStereo === true && config.channels === 1 ? 2 : config.channels,
    samplesPerPacket: config.frameLength,
    timescale: timescale(config.sampleRate),
    config: asc,
  }
}

/**
 * RFC 6381 codec string: `mp4a.40.2` for AAC-LC, `.5` with SBR, `.29` with parametric stereo, whichever way
 * the config signals them: a player then sets its decoder up for the full rate at once.
 *
 * @see RFC 6381 §3.3
 */
export function aacCodecString(config: Pick<AudioSpecificConfig, 'sbr'>): string {
  if (config.sbr === undefined) return `mp4a.40.${AudioObjectType.lowComplexity}`
  if (config.sbr.parametricStereo) return `mp4a.40.${AudioObjectType.parametricStereo}`
  return `mp4a.40.${AudioObjectType.spectralBandReplication}`
}
