/**
 * CMAF and fragmented MP4: init segments and fragments of single tracks, cutting packets into parts and
 * segments, a stream of several tracks for a decoder's standard input, and reading the fragmented MP4 that an
 * encoder writes to a pipe. Pure: bytes and packets in, bytes and events out.
 *
 * Writes every codec of `Track`; reads H.264 and AAC, which is what the encoders here put out. Leaves out:
 * encryption, `sidx`, `emsg` and `prft`, edit lists of what is read, non-fragmented MP4.
 *
 * - `box/` one file per box, writer and reader; `box.ts` nests boxes, `box-reader.ts` walks them with bounds
 * - `init/` the CMAF header of a track; a codec is added in `sample-entry.ts`
 * - `fragment/` one `moof` and `mdat`
 * - `stream/` packets of both tracks as one stream, each a fragment
 * - `reader/` byte stream → top-level boxes → track and packets
 * - `cut/` packets and boundaries → parts and segments: `segmenter.ts` does the arithmetic of durations that
 *   video and audio share, the two cutters decide where segments begin, `written-times.ts` which decode times
 *   the boxes of video say
 *
 * Editions: ISO/IEC 14496-12:2022, 14496-15:2022, 23000-19:2024; AV1 binding v1.3.0, VP binding v1.0, Opus
 * encapsulation v1.0.0, FLAC encapsulation v1.0, ETSI TS 102 366 v1.4.1.
 */
export { type AudioCutCounts, AudioCutter, type AudioCutterOptions } from './cut/audio-cutter.ts'
export type { CutCounts, CutEvent, PartCut, SegmentCut, SkippedCut } from './cut/cut-event.ts'
export { partTargetOf } from './cut/part-target.ts'
export { type BoundaryPlacement, VideoCutter, type VideoCutterOptions } from './cut/video-cutter.ts'
export { writeEmptySegment } from './fragment/empty-segment.ts'
export { type Fragment, type FragmentSample, writeFragment } from './fragment/fragment.ts'
export { writeInitSegment } from './init/init-segment.ts'
export {
  type FragmentedMp4Event,
  type FragmentedMp4Limits,
  FragmentedMp4Reader,
} from './reader/fragmented-mp4-reader.ts'
export { type FragmentedMp4Tracks, FragmentedMp4Writer } from './stream/fragmented-mp4-writer.ts'
