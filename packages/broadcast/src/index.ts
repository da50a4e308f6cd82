/**
 * What makes a stream out of a publisher's messages: the clock that decides time and segment boundaries,
 * the ring that holds the recent past, and the feed that carries both to a worker. Pure: the caller brings
 * time and moves bytes. Leaves out sockets, Redis and anything about codecs beyond keyframe or not.
 *
 * - `entry.ts` what a stream is made of
 * - `clock/` timestamp repair, exact audio time, boundaries
 * - `ring/` recent entries, and reading them from a boundary on
 * - `feed/` entries to FLV with marks, and back
 * - `data-payload.ts` what data entries hold; `packet.ts` entries to what a packager takes
 */
export { type SegmentRules, segmentRules } from './clock/boundary-decider.ts'
export type { FurtherFrame } from './clock/further-tracks.ts'
export { type ClockCounters, type ClockPosition, StreamClock, type TrackHints } from './clock/stream-clock.ts'
export { DATA_ENTRY_BYTES, dataPayload } from './data-payload.ts'
export {
  type AudioEntry,
  type AudioLabel,
  type BoundaryEntry,
  type DataEntry,
  type EndEntry,
  type FurtherEntry,
  type FurtherTrack,
  type FurtherTracksEntry,
  isLastEntry,
  type MediaEntry,
  type MovedEntry,
  type SequenceHeader,
  type StreamEntry,
  sequenceHeaders,
  type TimedEntry,
  type TrackSetup,
  type TracksEntry,
  timeOf,
  type VideoEntry,
} from './entry.ts'
export type { Feed, FeedRequest } from './feed/feed.ts'
export { FeedReader } from './feed/feed-reader.ts'
export { FeedWriter } from './feed/feed-writer.ts'
export { packetOf } from './packet.ts'
export { DEFAULT_RING_LIMITS, Ring, type RingLimits, type RingStart } from './ring/ring.ts'
export { RingReader } from './ring/ring-reader.ts'
