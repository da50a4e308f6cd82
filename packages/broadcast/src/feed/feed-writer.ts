import type { AmfObject, AmfValue } from '@sluice/amf'
import { assertNever, ticks, ticksToMillis, VIDEO_TIMESCALE } from '@sluice/core'
import {
  audioTrackHead,
  FlvTagType,
  flvTagPieces,
  videoTrackHead,
  writeFlvHeader,
  writeFlvTag,
  writeScriptData,
} from '@sluice/flv'
import {
  type FurtherEntry,
  type StreamEntry,
  sequenceHeaders,
  type TrackSetup,
  type TracksEntry,
} from '../entry.ts'
import {
  type AnnouncedTrack,
  audioClockMark,
  boundaryMark,
  DATA_PREFIX,
  FeedMark,
  furtherTracksMark,
  tracksMark,
} from './feed-marks.ts'
import { FurtherTrackTable } from './further-track-table.ts'

/**
 * Turns stream entries into the bytes of a feed (FLV with marks). Media payloads pass by reference: the
 * arrays returned are to be written one after the other, and not to be changed.
 */
export class FeedWriter {
  #samplesPerPacket = 0
  #nextAudio: number | undefined
  readonly #further = new FurtherTrackTable()

  /** The start of the byte stream. @param tracks - those of the first entries, for the header's flags. */
  header(tracks: TracksEntry): Uint8Array {
    return writeFlvHeader({ audio: tracks.audio !== undefined, video: tracks.video !== undefined })
  }

  /** What the publisher said of itself, for readers that pass it on to players. @param properties - the object of `onMetaData`. */
  metadata(properties: AmfValue): Uint8Array {
    return writeFlvTag(FlvTagType.script, 0, writeScriptData(FeedMark.metadata, properties))
  }

  /** The bytes of one entry. */
  entry(entry: StreamEntry): Uint8Array[] {
    switch (entry.type) {
      case 'tracks':
        return this.#tracks(entry)
      case 'further-tracks':
        this.#further.announce(entry)
        return [mark(FeedMark.furtherTracks, 0, furtherTracksMark(entry))]
      case 'boundary':
        return [mark(FeedMark.boundary, entry.boundary.time, boundaryMark(entry.boundary))]
      case 'video':
        return flvTagPieces(FlvTagType.video, entry.dts, entry.payload)
      case 'audio': {
        const chunks = flvTagPieces(FlvTagType.audio, entry.time, entry.payload)
        if (entry.at !== this.#nextAudio) {
          chunks.unshift(mark(FeedMark.audioClock, entry.time, audioClockMark({ trackId: 0, at: entry.at })))
        }
        this.#nextAudio = entry.at + this.#samplesPerPacket
        return chunks
      }
      case 'data':
        return flvTagPieces(FlvTagType.script, entry.time, DATA_PREFIX, entry.payload)
      case 'further':
        return this.#furtherPacket(entry)
      case 'end':
      case 'moved':
        return [writeFlvTag(FlvTagType.script, 0, writeScriptData(FeedMark[entry.type], null))]
      default:
        return assertNever(entry)
    }
  }

  #tracks(entry: TracksEntry): Uint8Array[] {
    this.#nextAudio = undefined
    this.#further.clear()
    this.#samplesPerPacket = entry.audio?.track.samplesPerPacket ?? 0
    const { video, audio } = entry
    return [
      mark(FeedMark.tracks, 0, tracksMark({ video: announced(video), audio: announced(audio) })),
      ...sequenceHeaders(entry).flatMap(({ type, payload }) => flvTagPieces(FlvTagType[type], 0, payload)),
    ]
  }

  /** Nothing for a track that has gone: the sound before a reader's first boundary may be of one. */
  #furtherPacket({ trackId, time, packet }: FurtherEntry): Uint8Array[] {
    const { dts, pts, keyframe, data } = packet
    if (packet.kind === 'video') {
      const codec = this.#further.video.get(trackId)?.codec
      if (codec === undefined) return []
      const compositionOffset = ticksToMillis(ticks(pts - dts), VIDEO_TIMESCALE)
      const head = videoTrackHead(trackId, { type: 'frame', codec, keyframe, compositionOffset })
      return flvTagPieces(FlvTagType.video, time, head, data)
    }
    const sound = this.#further.audio.get(trackId)
    if (sound === undefined) return []
    const chunks = flvTagPieces(FlvTagType.audio, time, audioTrackHead(trackId, sound.track.codec), data)
    if (dts !== sound.next)
      chunks.unshift(mark(FeedMark.audioClock, time, audioClockMark({ trackId, at: dts })))
    sound.next = dts + sound.track.samplesPerPacket
    return chunks
  }
}

function announced<T>(setup: TrackSetup<T> | undefined): AnnouncedTrack<T> | undefined {
  return setup && { track: setup.track, hasHeader: setup.payload.length > 0 }
}

function mark(name: string, time: number, value: AmfObject): Uint8Array {
  return writeFlvTag(FlvTagType.script, time, writeScriptData(name, value))
}
