/**
 * FLV: the byte stream of tags, and the audio, video and script bodies that tags and RTMP messages share.
 *
 * Covers reading and framing of tags, `onMetaData`, and bodies of H.264, HEVC, AV1, VP9, VP8, AAC, Opus, FLAC,
 * AC-3, E-AC-3 and MP3: those of FLV v10.1, the unofficial HEVC codec id, and all of Enhanced RTMP v1 and v2, with
 * several tracks, nanosecond offsets, channel layouts and video metadata. Every other codec is named and
 * refused as `unsupported`. Leaves out RTMP itself, encrypted tags and what is inside a codec's own records
 * (`@sluice/media`).
 *
 * - `flv-header.ts`, `tag.ts`, `flv-reader.ts` the byte stream, written and read
 * - `video-body.ts`, `audio-body.ts` what media bodies hold; `unsupported-body.ts` those not handled
 * - `read-video-body.ts`, `read-audio-body.ts` reading them: FLV's own layouts, `mislabelled-opus.ts`
 * - `enhanced-video.ts`, `enhanced-audio.ts` the layouts with a FourCC, read and written; of these
 *   `enhanced-header.ts` modifiers, `multitrack.ts` several tracks, `fourcc.ts`, `codec-record.ts` records as MP4
 *   has them, `composition-offset.ts`, `channel-layout.ts`, `video-metadata.ts`, `colour-info.ts`
 * - `script-data.ts`, `metadata.ts` script tags and what `onMetaData` claims
 */
export type {
  AudioBody,
  AudioChannelsBody,
  AudioConfigBody,
  AudioEndBody,
  AudioFrameBody,
  AudioKind,
  AudioSilenceBody,
  SingleAudioBody,
} from './audio-body.ts'
export type { ChannelLayout } from './channel-layout.ts'
export { readColourInfo } from './colour-info.ts'
export { audioTrackHead, writeAudioBody } from './enhanced-audio.ts'
export { videoTrackHead, writeVideoBody } from './enhanced-video.ts'
export { type FlvContents, writeFlvHeader } from './flv-header.ts'
export {
  type FlvEvent,
  type FlvHeaderEvent,
  type FlvIgnoredEvent,
  FlvReader,
  type FlvReaderOptions,
  type FlvTagEvent,
} from './flv-reader.ts'
export {
  type AudioHints,
  type AudioTrackHints,
  type MetadataHints,
  readMetadata,
  type VideoHints,
} from './metadata.ts'
export type { MultitrackBody, TrackBody } from './multitrack.ts'
export { audioKind, readAudioBody } from './read-audio-body.ts'
export { readVideoBody, videoKind } from './read-video-body.ts'
export { readScriptData, type ScriptData, writeScriptData } from './script-data.ts'
export { FlvTagType, flvTagPieces, MAX_TAG_BODY_SIZE, writeFlvTag } from './tag.ts'
export type { UnsupportedBody } from './unsupported-body.ts'
export type {
  SingleVideoBody,
  VideoBody,
  VideoCommandBody,
  VideoConfigBody,
  VideoEmptyBody,
  VideoEndBody,
  VideoFrameBody,
  VideoKind,
  VideoMetadataBody,
} from './video-body.ts'
