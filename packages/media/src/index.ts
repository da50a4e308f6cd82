/**
 * The neutral media model: tracks, packets and boundaries, which every format converts to or from, and
 * the codec records inside them. Knows no container and no protocol.
 *
 * Covers the configuration records and codec strings of H.264 and AAC. Leaves out decoding: slices and
 * AAC frames are bytes here. A VUI is read as far as its timing.
 *
 * - `track.ts`, `packet.ts`, `boundary.ts` the model
 * - `display-size.ts` the size a track is meant to be seen at
 * - `plays-in-browsers.ts` what may be passed through without encoding
 * - `h264/` AVCDecoderConfigurationRecord, SPS, NAL units, the recovery point SEI
 * - `aac/` AudioSpecificConfig
 * - `bits/` writing of bit fields
 */
export { aacCodecString, aacTrack } from './aac/aac-track.ts'
export {
  AudioObjectType,
  type AudioSpecificConfig,
  readAudioSpecificConfig,
  type SbrSignalling,
  type SpectralBandReplication,
  writeAudioSpecificConfig,
} from './aac/audio-specific-config.ts'
export type { Boundary } from './boundary.ts'
export { type DisplaySize, displaySize } from './display-size.ts'
export {
  type AvcDecoderConfigurationRecord,
  type HighProfileExtension,
  readAvcDecoderConfigurationRecord,
  writeAvcDecoderConfigurationRecord,
} from './h264/avc-decoder-configuration-record.ts'
export { avcCodecString, firstSequenceParameterSet, h264Track } from './h264/h264-track.ts'
export {
  type NalLengthSize,
  NalUnitType,
  nalUnits,
  nalUnitType,
  rawByteSequencePayload,
} from './h264/nal-unit.ts'
export { withRecoveryPoint } from './h264/recovery-point.ts'
export { readSequenceParameterSet, type SequenceParameterSet } from './h264/sequence-parameter-set.ts'
export type {
  ColourDescription,
  VideoTiming,
  VideoUsabilityInformation,
} from './h264/video-usability-information.ts'
export type { Packet } from './packet.ts'
export { playsInBrowsers } from './plays-in-browsers.ts'
export type { AudioCodec, AudioTrack, Track, VideoCodec, VideoTrack } from './track.ts'
