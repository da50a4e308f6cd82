import { AmfObject, type AmfValue, writeAmf0 } from '@sluice/amf'
import { millis, ProtocolError, type Ticks, ticks } from '@sluice/core'
import type { AudioTrack, Boundary, VideoTrack } from '@sluice/media'
import type { AudioLabel, FurtherTrack, FurtherTracksEntry } from '../entry.ts'
import { describeTrack, readAudioDescription, readVideoDescription } from './track-description.ts'

/**
 * The feed is plain FLV; what FLV cannot say stands in script tags of these names. Any FLV reader passes
 * over them.
 */
export const FeedMark = {
  /** Which tracks follow: their sequence headers, where their codecs have any, are the next tags. */
  tracks: 'sluiceTracks',
  /** Which further tracks there are from here on. Their media are multitrack tags. */
  furtherTracks: 'sluiceFurtherTracks',
  /** A segment begins at the next frame. */
  boundary: 'sluiceBoundary',
  /** Exact start of a track's next audio packet, where it does not continue the last one. */
  audioClock: 'sluiceAudioClock',
  /** What the publisher said of itself: FLV's own. */
  metadata: 'onMetaData',
  /** Stands before the name of a data message, which could be that of a mark otherwise. */
  data: 'sluiceData',
  /** The broadcast is over. A feed that closes without it was cut off. */
  end: 'sluiceEnd',
  /** The feed is over, and the broadcast goes on in another ingest's. */
  moved: 'sluiceMoved',
} as const

/** What a script tag with a data message begins with: the rest of its body is the payload of a data entry. */
export const DATA_PREFIX: Uint8Array = writeAmf0([FeedMark.data])

/** A track that the media after a mark has. */
export interface AnnouncedTrack<T> {
  readonly track: T
  /** A tag with the codec's sequence header follows. */
  readonly hasHeader: boolean
}

/** Which tracks the media after this mark has. */
export interface TracksMark {
  readonly video: AnnouncedTrack<VideoTrack> | undefined
  readonly audio: AnnouncedTrack<AudioTrack> | undefined
}

export function tracksMark({ video, audio }: TracksMark): AmfObject {
  return AmfObject.of({
    video: video === undefined ? null : describeTrack(video.track),
    videoHeader: video?.hasHeader ?? false,
    audio: audio === undefined ? null : describeTrack(audio.track),
    audioHeader: audio?.hasHeader ?? false,
  })
}

export function readTracksMark(value: AmfValue): TracksMark {
  const video = text(value, 'video')
  const audio = text(value, 'audio')
  return {
    video:
      video === undefined
        ? undefined
        : { track: readVideoDescription(video), hasHeader: flag(value, 'videoHeader') },
    audio:
      audio === undefined
        ? undefined
        : { track: readAudioDescription(audio), hasHeader: flag(value, 'audioHeader') },
  }
}

export function boundaryMark(boundary: Boundary): AmfObject {
  const { number, time, independent, discontinuity } = boundary
  return AmfObject.of({ number, time, independent, discontinuity })
}

export function readBoundaryMark(value: AmfValue): Boundary {
  return {
    number: whole(value, 'number'),
    time: millis(whole(value, 'time')),
    independent: flag(value, 'independent'),
    discontinuity: flag(value, 'discontinuity'),
  }
}

/** When the next packet of a track begins. */
export interface AudioClockMark {
  /** 0 is the default track. */
  readonly trackId: number
  readonly at: Ticks
}

export function audioClockMark({ trackId, at }: AudioClockMark): AmfObject {
  return AmfObject.of({ at, ...(trackId === 0 ? {} : { trackId }) })
}

export function readAudioClockMark(value: AmfValue): AudioClockMark {
  const trackId = property(value, 'trackId') === undefined ? 0 : whole(value, 'trackId')
  return { trackId, at: ticks(whole(value, 'at')) }
}

export function furtherTracksMark({ tracks, defaultLabel }: FurtherTracksEntry): AmfObject {
  return AmfObject.of({
    tracks: tracks.map(({ trackId, track, label }) =>
      AmfObject.of({ trackId, [track.kind]: describeTrack(track), label: labelMark(label) }),
    ),
    label: labelMark(defaultLabel),
  })
}

export function readFurtherTracksMark(value: AmfValue): FurtherTracksEntry {
  const tracks = property(value, 'tracks')
  if (!Array.isArray(tracks)) throw malformed('tracks')
  return {
    type: 'further-tracks',
    tracks: tracks.map(readFurtherTrack),
    defaultLabel: readLabel(property(value, 'label')),
  }
}

function readFurtherTrack(value: AmfValue): FurtherTrack {
  const trackId = whole(value, 'trackId')
  if (trackId < 1 || trackId > 255) throw malformed('trackId')
  const video = property(value, 'video')
  const track =
    typeof video === 'string' ? readVideoDescription(video) : readAudioDescription(text(value, 'audio') ?? '')
  return { trackId, track, label: readLabel(property(value, 'label')) }
}

function labelMark({ language, name }: AudioLabel): AmfObject {
  return AmfObject.of({ language: language ?? null, name: name ?? null })
}

function readLabel(value: AmfValue): AudioLabel {
  const language = text(value, 'language')
  const name = text(value, 'name')
  return {
    ...(language === undefined ? {} : { language }),
    ...(name === undefined ? {} : { name }),
  }
}

function property(value: AmfValue, name: string): AmfValue {
  if (!(value instanceof AmfObject)) throw malformed(name)
  return value.get(name)
}

function whole(value: AmfValue, name: string): number {
  const field = property(value, name)
  if (typeof field !== 'number' || !Number.isSafeInteger(field)) throw malformed(name)
  return field
}

function flag(value: AmfValue, name: string): boolean {
  const field = property(value, name)
  if (typeof field !== 'boolean') throw malformed(name)
  return field
}

/** @returns undefined for null. */
function text(value: AmfValue, name: string): string | undefined {
  const field = property(value, name)
  if (field === null) return undefined
  if (typeof field !== 'string') throw malformed(name)
  return field
}

function malformed(name: string): ProtocolError {
  return new ProtocolError('broadcast.feed.bad_mark', `a mark of the feed has no valid "${name}"`)
}
