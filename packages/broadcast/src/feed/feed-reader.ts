import {
  MILLISECONDS,
  type Millis,
  millis,
  millisToTicks,
  ProtocolError,
  rescale,
  ticks,
  VIDEO_TIMESCALE,
} from '@sluice/core'
import {
  FlvReader,
  type FlvTagEvent,
  FlvTagType,
  readAudioBody,
  readScriptData,
  readVideoBody,
} from '@sluice/flv'
import {
  type AudioTrack,
  aacTrack,
  type Boundary,
  h264Track,
  type Packet,
  type VideoTrack,
} from '@sluice/media'
import {
  FeedMark,
  readAudioClockMark,
  readBoundaryMark,
  readTracksMark,
  type TracksMark,
} from './feed-marks.ts'

/** The tracks of the media that follows, with the tags that configure a decoder for them. */
export interface FeedTracks {
  readonly type: 'tracks'
  readonly video: VideoTrack | undefined
  readonly audio: AudioTrack | undefined
  /** Whole FLV tags with the codec configurations, in order. */
  readonly configuration: readonly Uint8Array[]
}

/** One frame: as a packet for the packager, and as the FLV tag it came in for a decoder. */
export interface FeedPacket {
  readonly type: 'packet'
  readonly packet: Packet
  readonly time: Millis
  /** Tag body: a view of `tag`. */
  readonly body: Uint8Array
  /** The whole tag with its PreviousTagSize. */
  readonly tag: Uint8Array
}

export type FeedEvent =
  | FeedTracks
  | { readonly type: 'boundary'; readonly boundary: Boundary }
  | FeedPacket
  | { readonly type: 'end' }

interface Awaited {
  readonly expected: TracksMark
  video: VideoTrack | undefined
  audio: AudioTrack | undefined
  readonly configuration: Uint8Array[]
}

/**
 * Reads a feed: bytes in any split to events in order. Audio times are exact, carried on from the feed's
 * audio clock marks by the sample count.
 *
 * @throws {ProtocolError} from `receive`, for anything a feed cannot hold; the reader is finished then.
 */
export class FeedReader {
  readonly #flv = new FlvReader()
  #events: FeedEvent[] = []
  #awaited: Awaited | undefined
  #audio: AudioTrack | undefined
  #nextAudio: number | undefined

  receive(bytes: Uint8Array): void {
    this.#flv.receive(bytes)
    for (const event of this.#flv.events()) if (event.type === 'tag') this.#tag(event)
  }

  /** What was read since the last call, in order. */
  events(): FeedEvent[] {
    const events = this.#events
    if (events.length > 0) this.#events = []
    return events
  }

  #tag(tag: FlvTagEvent): void {
    if (tag.tagType === FlvTagType.script) this.#script(tag)
    else if (tag.tagType === FlvTagType.video) this.#video(tag)
    else this.#audioTag(tag)
  }

  #script(tag: FlvTagEvent): void {
    const { name, value } = readScriptData(tag.body)
    if (name === FeedMark.tracks) {
      this.#awaited = {
        expected: readTracksMark(value),
        video: undefined,
        audio: undefined,
        configuration: [],
      }
    } else if (name === FeedMark.boundary)
      this.#events.push({ type: 'boundary', boundary: readBoundaryMark(value) })
    else if (name === FeedMark.audioClock) this.#nextAudio = readAudioClockMark(value)
    else if (name === FeedMark.end) this.#events.push({ type: 'end' })
  }

  #video(tag: FlvTagEvent): void {
    const body = readVideoBody(tag.body)
    if (body.type === 'config') this.#configured(tag, { video: h264Track(body.record) })
    else if (body.type === 'frame') {
      const dts = rescale(tag.timestamp, MILLISECONDS, VIDEO_TIMESCALE)
      const pts = ticks(dts + millisToTicks(millis(body.compositionOffset), VIDEO_TIMESCALE))
      const packet: Packet = { kind: 'video', dts, pts, keyframe: body.keyframe, data: body.data }
      this.#events.push({ type: 'packet', packet, time: millis(tag.timestamp), body: tag.body, tag: tag.raw })
    }
  }

  #audioTag(tag: FlvTagEvent): void {
    const body = readAudioBody(tag.body)
    if (body.type === 'config') this.#configured(tag, { audio: aacTrack(body.record) })
    else if (body.type === 'frame') {
      if (this.#audio === undefined || this.#nextAudio === undefined) {
        throw new ProtocolError(
          'broadcast.feed.audio_without_clock',
          'an audio packet before its track and clock',
        )
      }
      const at = ticks(this.#nextAudio)
      this.#nextAudio += this.#audio.samplesPerPacket
      const packet: Packet = { kind: 'audio', dts: at, pts: at, keyframe: true, data: body.data }
      this.#events.push({ type: 'packet', packet, time: millis(tag.timestamp), body: tag.body, tag: tag.raw })
    }
  }

  #configured(tag: FlvTagEvent, track: { video?: VideoTrack; audio?: AudioTrack }): void {
    const awaited = this.#awaited
    if (awaited === undefined) {
      throw new ProtocolError(
        'broadcast.feed.unannounced_track',
        'a codec configuration without a tracks mark',
      )
    }
    awaited.video ??= track.video
    awaited.audio ??= track.audio
    awaited.configuration.push(tag.raw)
    const { expected, video, audio, configuration } = awaited
    if ((expected.video && video === undefined) || (expected.audio && audio === undefined)) return
    this.#awaited = undefined
    this.#audio = audio
    this.#nextAudio = undefined
    this.#events.push({ type: 'tracks', video, audio, configuration })
  }
}
