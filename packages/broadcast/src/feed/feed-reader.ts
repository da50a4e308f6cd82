import type { AmfValue } from '@sluice/amf'
import {
  equalBytes,
  type Millis,
  millis,
  millisToTicks,
  ProtocolError,
  ticks,
  VIDEO_TIMESCALE,
} from '@sluice/core'
import {
  type AudioFrameBody,
  FlvReader,
  type FlvTagEvent,
  FlvTagType,
  readAudioBody,
  readScriptData,
  readVideoBody,
  type VideoFrameBody,
} from '@sluice/flv'
import type { StreamEntry } from '../entry.ts'
import {
  type AudioClockMark,
  DATA_PREFIX,
  FeedMark,
  readAudioClockMark,
  readBoundaryMark,
  readFurtherTracksMark,
  readTracksMark,
  type TracksMark,
} from './feed-marks.ts'
import { FurtherTrackTable } from './further-track-table.ts'

/** Tracks whose sequence headers are still to come. */
interface Awaited {
  readonly announced: TracksMark
  video: Uint8Array | undefined
  audio: Uint8Array | undefined
}

const NO_HEADER = new Uint8Array(0)

/**
 * Reads a feed: bytes in any split to the entries that the writer was given. Audio times are exact, carried on from the feed's
 * audio clock marks by the sample count.
 *
 * @throws {ProtocolError} from `receive`, for anything a feed cannot hold; the reader is finished then.
 */
export class FeedReader {
  readonly #flv = new FlvReader()
  #entries: StreamEntry[] = []
  #awaited: Awaited | undefined
  #samplesPerPacket: number | undefined
  #nextAudio: number | undefined
  #properties: AmfValue
  readonly #further = new FurtherTrackTable()

  /** The object of the last `onMetaData`, where the feed has any. */
  get properties(): AmfValue {
    return this.#properties
  }

  receive(bytes: Uint8Array): void {
    this.#flv.receive(bytes)
    for (const event of this.#flv.events()) if (event.type === 'tag') this.#tag(event)
  }

  /** What was read since the last call, in order. */
  entries(): StreamEntry[] {
    const entries = this.#entries
    if (entries.length > 0) this.#entries = []
    return entries
  }

  #tag(tag: FlvTagEvent): void {
    if (tag.tagType === FlvTagType.script) this.#script(tag)
    else if (tag.tagType === FlvTagType.video) this.#video(tag)
    else this.#audioTag(tag)
  }

  #script(tag: FlvTagEvent): void {
    if (equalBytes(tag.body.subarray(0, DATA_PREFIX.length), DATA_PREFIX)) {
      this.#data(tag)
      return
    }
    const { name, value } = readScriptData(tag.body)
    if (name === FeedMark.tracks) {
      this.#awaited = announcedBy(readTracksMark(value))
      this.#begin()
    } else if (name === FeedMark.boundary)
      this.#entries.push({ type: 'boundary', boundary: readBoundaryMark(value) })
    else if (name === FeedMark.audioClock) this.#audioClock(readAudioClockMark(value))
    else if (name === FeedMark.furtherTracks) {
      const entry = readFurtherTracksMark(value)
      this.#further.announce(entry)
      this.#entries.push(entry)
    } else if (name === FeedMark.metadata) this.#properties = value
    else if (name === FeedMark.end) this.#entries.push({ type: 'end' })
    else if (name === FeedMark.moved) this.#entries.push({ type: 'moved' })
  }

  #data(tag: FlvTagEvent): void {
    const payload = tag.body.subarray(DATA_PREFIX.length)
    const { name } = readScriptData(payload)
    this.#entries.push({ type: 'data', time: millis(tag.timestamp), name, payload })
  }

  #video(tag: FlvTagEvent): void {
    const body = readVideoBody(tag.body)
    const payload = tag.body
    if (body.type === 'config') this.#header({ video: payload })
    else if (body.type === 'frame') {
      const { keyframe, compositionOffset } = body
      const dts = millis(tag.timestamp)
      const pts = millis(dts + compositionOffset)
      this.#entries.push({ type: 'video', dts, pts, keyframe, payload })
    } else if (body.type === 'multitrack') {
      for (const { trackId, body: frame } of body.tracks)
        if (frame.type === 'frame') this.#furtherPicture(trackId, millis(tag.timestamp), frame)
    }
  }

  #audioTag(tag: FlvTagEvent): void {
    const body = readAudioBody(tag.body)
    const payload = tag.body
    if (body.type === 'config') this.#header({ audio: payload })
    else if (body.type === 'frame') {
      if (this.#samplesPerPacket === undefined || this.#nextAudio === undefined) {
        throw new ProtocolError(
          'broadcast.feed.audio_without_clock',
          'an audio packet before its track and clock',
        )
      }
      const at = ticks(this.#nextAudio)
      this.#nextAudio += this.#samplesPerPacket
      this.#entries.push({ type: 'audio', time: millis(tag.timestamp), at, payload })
    } else if (body.type === 'multitrack') {
      for (const { trackId, body: frame } of body.tracks)
        if (frame.type === 'frame') this.#furtherSound(trackId, millis(tag.timestamp), frame)
    }
  }

  #furtherPicture(trackId: number, time: Millis, frame: VideoFrameBody): void {
    if (!this.#further.video.has(trackId)) throw unannounced('picture', trackId)
    const { keyframe, compositionOffset, data } = frame
    const dts = millisToTicks(time, VIDEO_TIMESCALE)
    const pts = millisToTicks(millis(time + compositionOffset), VIDEO_TIMESCALE)
    const packet = { kind: 'video', dts, pts, keyframe, data } as const
    this.#entries.push({ type: 'further', trackId, time, packet })
  }

  #furtherSound(trackId: number, time: Millis, { data }: AudioFrameBody): void {
    const sound = this.#further.audio.get(trackId)
    if (sound?.next === undefined) throw unannounced('sound', trackId)
    const at = ticks(sound.next)
    sound.next += sound.track.samplesPerPacket
    const packet = { kind: 'audio', dts: at, pts: at, keyframe: true, data } as const
    this.#entries.push({ type: 'further', trackId, time, packet })
  }

  #audioClock({ trackId, at }: AudioClockMark): void {
    if (trackId === 0) {
      this.#nextAudio = at
      return
    }
    const sound = this.#further.audio.get(trackId)
    if (sound === undefined) throw unannounced('sound', trackId)
    sound.next = at
  }

  #header(header: { readonly video?: Uint8Array; readonly audio?: Uint8Array }): void {
    const awaited = this.#awaited
    if (awaited === undefined) {
      throw new ProtocolError(
        'broadcast.feed.unannounced_track',
        'a codec configuration without a tracks mark',
      )
    }
    awaited.video ??= header.video
    awaited.audio ??= header.audio
    this.#begin()
  }

  /** Gives out the tracks once their headers are there. */
  #begin(): void {
    if (this.#awaited === undefined) return
    const { announced, video, audio } = this.#awaited
    if ((announced.video && video === undefined) || (announced.audio && audio === undefined)) return
    this.#awaited = undefined
    this.#samplesPerPacket = announced.audio?.track.samplesPerPacket
    this.#nextAudio = undefined
    this.#further.clear()
    this.#entries.push({
      type: 'tracks',
      video: announced.video && { track: announced.video.track, payload: video ?? NO_HEADER },
      audio: announced.audio && { track: announced.audio.track, payload: audio ?? NO_HEADER },
    })
  }
}

function announcedBy(announced: TracksMark): Awaited {
  const { video, audio } = announced
  return {
    announced,
    video: video?.hasHeader === false ? NO_HEADER : undefined,
    audio: audio?.hasHeader === false ? NO_HEADER : undefined,
  }
}

function unannounced(what: string, trackId: number): ProtocolError {
  return new ProtocolError(
    'broadcast.feed.unannounced_track',
    `a ${what} of further track ${trackId}, which no mark has announced`,
    { details: { trackId } },
  )
}
