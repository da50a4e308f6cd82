/**
 * The neutral media model: tracks, packets and boundaries, which every format converts to or from, and
 * the codec records inside them. Knows no container and no protocol.
 *
 * Covers the configuration records and codec strings of the codecs that `track.ts` names, and as much of their
 * sequence and frame headers as tells size, rate and channels. Leaves out decoding: coded pictures and
 * audio frames are bytes here. A VUI is read as far as its timing.
 *
 * - `track.ts`, `packet.ts`, `boundary.ts` the model
 * - `track-of.ts` a track from whatever its codec describes itself with; `same-track.ts` whether its decoder can go on
 * - `colour.ts`, `hdr-metadata.ts` how sample values stand for colours, and for how much light
 * - `display-size.ts` the size a track is meant to be seen at
 * - `browser-support.ts` what may be passed through without encoding
 * - `h264/` AVCDecoderConfigurationRecord, SPS, NAL units, the recovery point SEI
 * - `hevc/` HEVCDecoderConfigurationRecord, SPS
 * - `av1/` AV1CodecConfigurationRecord, OBUs, sequence header
 * - `vp9/` VPCodecConfigurationRecord, frame header, levels; `vp8/` frame header
 * - `aac/` AudioSpecificConfig
 * - `opus/` OpusHead, durations of packets
 * - `flac/` STREAMINFO
 * - `ac3/` frame headers of AC-3 and E-AC-3, the records of MP4 made from them
 * - `mp3/` frame header
 * - `frame-rate.ts` which clocks are frame rates
 * - `bits/` writing of bit fields, errors of reading them
 */
export { aacCodecString, aacTrack } from './aac/aac-track.ts'
export {
  AudioObjectType,
  type AudioSpecificConfig,
  aacSampleRateIndex,
  readAudioSpecificConfig,
  type SbrSignalling,
  type SpectralBandReplication,
  writeAudioSpecificConfig,
} from './aac/audio-specific-config.ts'
export { ac3Track } from './ac3/ac3-track.ts'
export { eac3Track } from './ac3/eac3-track.ts'
export { av1Track } from './av1/av1-track.ts'
export type { Boundary } from './boundary.ts'
export { type BrowserSupport, browserSupport } from './browser-support.ts'
export {
  BT_709,
  type ColourDescription,
  contradicts,
  type DynamicRange,
  dynamicRange,
  mergeColours,
  sameColour,
  sameDescription,
  type VideoColour,
} from './colour.ts'
export { type DisplaySize, displaySize } from './display-size.ts'
export { flacTrack } from './flac/flac-track.ts'
export { frameRateOf } from './frame-rate.ts'
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
  VideoTiming,
  VideoUsabilityInformation,
} from './h264/video-usability-information.ts'
export {
  type Chromaticity,
  type ContentLightLevel,
  contentLightLevel,
  type MasteringDisplay,
  type MeasuredDisplay,
  masteringDisplay,
} from './hdr-metadata.ts'
export { hevcTrack } from './hevc/hevc-track.ts'
export { mp3Track } from './mp3/mp3-track.ts'
export { opusTrack } from './opus/opus-track.ts'
export type { Packet } from './packet.ts'
export { sameTrack } from './same-track.ts'
export type { AudioCodec, AudioTrack, Track, VideoCodec, VideoTrack } from './track.ts'
export { audioTrackOf, videoTrackOf } from './track-of.ts'
export { vp8Track } from './vp8/vp8-track.ts'
export { vp9Track } from './vp9/vp9-track.ts'
