/**
 * FLV: the byte stream of tags, and the audio, video and script bodies that tags and RTMP messages share.
 *
 * Covers H.264 and AAC bodies, reading and framing of tags, `onMetaData`. Every other codec is named and
 * refused as `unsupported`, Enhanced RTMP bodies among them. Leaves out RTMP itself, encrypted tags and
 * what is inside a codec's own records (`@sluice/media`).
 *
 * - `flv-header.ts`, `tag.ts`, `flv-reader.ts` the byte stream, written and read
 * - `video-body.ts`, `audio-body.ts` bodies of media tags, `unsupported-body.ts` those not handled
 * - `fourcc.ts` the head of Enhanced RTMP bodies
 * - `script-data.ts`, `metadata.ts` script tags and what `onMetaData` claims
 */
export {
  type AudioBody,
  type AudioConfigBody,
  type AudioFrameBody,
  type AudioKind,
  type AudioSilenceBody,
  audioKind,
  type FlvAudioCodec,
  readAudioBody,
} from './audio-body.ts'
export { type FlvContents, writeFlvHeader } from './flv-header.ts'
export {
  type FlvEvent,
  type FlvHeaderEvent,
  type FlvIgnoredEvent,
  FlvReader,
  type FlvReaderOptions,
  type FlvTagEvent,
} from './flv-reader.ts'
export { type MetadataHints, readMetadata } from './metadata.ts'
export { readScriptData, type ScriptData, writeScriptData } from './script-data.ts'
export { type FlvTagFrame, FlvTagType, MAX_TAG_BODY_SIZE, writeFlvTag, writeFlvTagFrame } from './tag.ts'
export type { UnsupportedBody } from './unsupported-body.ts'
export {
  type FlvVideoCodec,
  readVideoBody,
  type VideoBody,
  type VideoCommandBody,
  type VideoConfigBody,
  type VideoEmptyBody,
  type VideoEndBody,
  type VideoFrameBody,
  type VideoKind,
  videoKind,
} from './video-body.ts'
