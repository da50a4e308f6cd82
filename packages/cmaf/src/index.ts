/**
 * CMAF and fragmented MP4: init segments and fragments of single tracks, cutting packets into parts and
 * segments, and reading the fragmented MP4 that an encoder writes to a pipe. Pure: bytes and packets in, bytes
 * and events out.
 *
 * Leaves out: files with several tracks, encryption, `sidx`, `emsg` and `prft`, edit lists, non-fragmented
 * MP4. Codecs so far: H.264 and AAC.
 *
 * - `box/` one file per box, writer and reader; `box.ts` nests boxes, `box-reader.ts` walks them with bounds
 * - `init/` the CMAF header of a track; a codec is added in `sample-entry.ts`
 * - `fragment/` one `moof` and `mdat`
 * - `reader/` byte stream → top-level boxes → track and packets
 * - `cut/` packets and boundaries → parts and segments: `segmenter.ts` does the arithmetic of durations that
 *   video and audio share, the two cutters decide where segments begin
 *
 * Editions: ISO/IEC 14496-12:2022, ISO/IEC 23000-19:2024.
 */
export { type AudioCutCounts, AudioCutter, type AudioCutterOptions } from './cut/audio-cutter.ts'
export type { CutCounts, CutEvent, PartCut, SegmentCut, SkippedCut } from './cut/cut-event.ts'
export { type BoundaryPlacement, VideoCutter, type VideoCutterOptions } from './cut/video-cutter.ts'
export { type Fragment, type FragmentSample, writeFragment } from './fragment/fragment.ts'
export { type InitSegmentOptions, writeInitSegment } from './init/init-segment.ts'
export {
  type FragmentedMp4Event,
  type FragmentedMp4Limits,
  FragmentedMp4Reader,
} from './reader/fragmented-mp4-reader.ts'
