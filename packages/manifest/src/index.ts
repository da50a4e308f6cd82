/**
 * The timeline of a broadcast and its renderings. Workers append {@link TimelineEvent}s to a log; a
 * {@link Timeline} folds them into the live window and gives immutable snapshots; HLS and DASH are pure
 * functions of a snapshot. Knows no socket, no store and no clock, and does not look into media files.
 *
 * - `timeline/events.ts` what a log holds; `timeline/names.ts` how files are named
 * - `timeline/timeline.ts`, `timeline/rendition-window.ts` the fold; `timeline/snapshot.ts` its result
 * - `timeline/file-index.ts` what a file name stands for
 * - `timeline/period-marks.ts`, `timeline/discontinuities.ts`, `timeline/gap.ts` where time or media breaks
 * - `timeline/bit-rate-meter.ts`, `timeline/bandwidth.ts` measured and announced bit rates
 * - `hls/` multivariant and media playlists, delta updates, parts of the window, blocking reload
 * - `hls/transport/` the same media as transport streams: which renditions, and their playlists
 * - `dash/` the MPD
 */
export { FORETOLD } from './dash/forecast.ts'
export { type MpdOptions, renderMpd } from './dash/mpd.ts'
export { type ReloadRequest, type ReloadState, reloadState } from './hls/blocking-reload.ts'
export {
  type EventRange,
  type ListRange,
  type RecentRange,
  rangeFrom,
  rangeOfLast,
  rangeQuery,
} from './hls/list-range.ts'
export { type MediaOptions, renderMedia } from './hls/media.ts'
export { type MultivariantOptions, mediaPlaylistUri, renderMultivariant } from './hls/multivariant.ts'
export { renderTransportMedia } from './hls/transport/transport-media.ts'
export { renderTransportMultivariant } from './hls/transport/transport-multivariant.ts'
export { type TransportRung, transportRung } from './hls/transport/transport-rungs.ts'
export type {
  AudioRendition,
  DiscontinuityEvent,
  EndEvent,
  InitSegment,
  PartEvent,
  Rendition,
  RenditionEvent,
  RenditionRemovedEvent,
  SegmentEvent,
  StartEvent,
  TimelineEvent,
  VideoRendition,
} from './timeline/events.ts'
export type { InitFile, MediaFile, PartFile, SegmentFile } from './timeline/file-index.ts'
export {
  initFileName,
  nameFromTemplate,
  parseTransportSegmentName,
  partFileName,
  segmentFileName,
  segmentTemplate,
  type TransportSegmentParts,
  transportSegmentName,
} from './timeline/names.ts'
export type { ApplyResult } from './timeline/rendition-window.ts'
export {
  findRendition,
  hasMedia,
  type NextPart,
  type OpenSegmentSnapshot,
  type PartSnapshot,
  type PeriodSnapshot,
  type RenditionSnapshot,
  type SegmentSnapshot,
  type TimelineSnapshot,
} from './timeline/snapshot.ts'
export { type IgnoredCounts, Timeline, type TimelineOptions } from './timeline/timeline.ts'
