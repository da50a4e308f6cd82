import type { Millis, Ticks } from '@sluice/core'
import type { AudioTrack, Boundary, Packet, Track, VideoTrack } from '@sluice/media'

/** A track and how it was announced. */
export interface TrackSetup<T> {
  readonly track: T
  /** The tag body with the codec's sequence header as FLV carries it; no bytes for a codec that has none. */
  readonly payload: Uint8Array
}

/** A codec's sequence header as an FLV tag body. */
export interface SequenceHeader {
  readonly type: 'video' | 'audio'
  readonly payload: Uint8Array
}

/** The tracks that the media after this entry belongs to. A discontinuity follows when it is not the first. */
export interface TracksEntry {
  readonly type: 'tracks'
  readonly video: TrackSetup<VideoTrack> | undefined
  readonly audio: TrackSetup<AudioTrack> | undefined
}

/** The next segment begins here. */
export interface BoundaryEntry {
  readonly type: 'boundary'
  readonly boundary: Boundary
}

/** One video frame. `payload` is the FLV video tag body as it was received; nobody writes to it. */
export interface VideoEntry {
  readonly type: 'video'
  readonly dts: Millis
  readonly pts: Millis
  readonly keyframe: boolean
  readonly payload: Uint8Array
}

/** One audio packet. `at` is its exact start in samples; `payload` the FLV audio tag body as received. */
export interface AudioEntry {
  readonly type: 'audio'
  readonly time: Millis
  readonly at: Ticks
  readonly payload: Uint8Array
}

/** A frame or packet of either kind. */
export type MediaEntry = VideoEntry | AudioEntry

/**
 * Something that is due at a time of the stream and is no media: a cue point, a text, a caption. It stands among the media
 * that came with it, so its time may lie a little before the boundary it follows.
 */
export interface DataEntry {
  readonly type: 'data'
  readonly time: Millis
  /** The handler that the publisher named: `onCuePoint`, `onTextData`, `onCaption`. */
  readonly name: string
  /**
   * The name and its arguments as AMF0: an FLV script tag body, at most `DATA_ENTRY_BYTES`; `readAmf0Values` reads it. Nobody
   * writes to it.
   */
  readonly payload: Uint8Array
}

/** What is due at a time. */
export type TimedEntry = MediaEntry | DataEntry
/** What people call a sound. Empty where the publisher says nothing. */
export interface AudioLabel {
  /** RFC 5646. */
  readonly language?: string
  readonly name?: string
}

/** A track beside the default ones: Enhanced RTMP lets a publisher send several of a kind, each under a number. */
export interface FurtherTrack {
  /** 1 to 255; two tracks of one kind never have the same. */
  readonly trackId: number
  readonly track: Track
  /** Of sound. */
  readonly label: AudioLabel
}

/**
 * All further tracks in force from here on, said anew whenever one of them comes, goes or changes. Behind `tracks` there
 * are none until this says so. Nothing else changes with it: the run goes on.
 */
export interface FurtherTracksEntry {
  readonly type: 'further-tracks'
  readonly tracks: readonly FurtherTrack[]
  /** Of the default sound, which viewers choose from too. */
  readonly defaultLabel: AudioLabel
}

/**
 * One packet of a further track, on the clock of the default ones. No boundary follows that it should be behind: a picture comes
 * when the default track has been as far.
 */
export interface FurtherEntry {
  readonly type: 'further'
  readonly trackId: number
  /** Its decode time. */
  readonly time: Millis
  /** Its data is a view of the message that was received; nobody writes to it. */
  readonly packet: Packet
}

/** The broadcast is over; nothing follows. */
export interface EndEntry {
  readonly type: 'end'
}

/** The publisher has gone to another ingest: nothing follows here, and the broadcast goes on in the feed of that one. */
export interface MovedEntry {
  readonly type: 'moved'
}

/** What the stream clock makes of a publisher's messages, in order. */
export type StreamEntry =
  | TracksEntry
  | FurtherTracksEntry
  | BoundaryEntry
  | TimedEntry
  | FurtherEntry
  | EndEntry
  | MovedEntry

/** True for an entry that nothing follows. */
export function isLastEntry(entry: StreamEntry): entry is EndEntry | MovedEntry {
  return entry.type === 'end' || entry.type === 'moved'
}

/** When an entry is due, in milliseconds of the stream's clock: decoding time for pictures. */
export function timeOf(entry: TimedEntry): Millis {
  return entry.type === 'video' ? entry.dts : entry.time
}

/** The sequence headers of those tracks that have one, picture first: what a reader is to be given before their media. */
export function sequenceHeaders(tracks: TracksEntry): SequenceHeader[] {
  return (['video', 'audio'] as const)
    .map((type) => ({ type, payload: tracks[type]?.payload ?? new Uint8Array() }))
    .filter(({ payload }) => payload.length > 0)
}
