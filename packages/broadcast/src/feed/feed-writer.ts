import type { AmfObject, AmfValue } from '@sluice/amf'
import { assertNever } from '@sluice/core'
import { FlvTagType, flvTagPieces, writeFlvHeader, writeFlvTag, writeScriptData } from '@sluice/flv'
import { type StreamEntry, sequenceHeaders, type TrackSetup, type TracksEntry } from '../entry.ts'
import {
  type AnnouncedTrack,
  audioClockMark,
  boundaryMark,
  DATA_PREFIX,
  FeedMark,
  tracksMark,
} from './feed-marks.ts'

/**
 * Turns stream entries into the bytes of a feed (FLV with marks). Media payloads pass by reference: the
 * arrays returned are to be written one after the other, and not to be changed.
 */
export class FeedWriter {
  #samplesPerPacket = 0
  #nextAudio: number | undefined

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
      case 'boundary':
        return [mark(FeedMark.boundary, entry.boundary.time, boundaryMark(entry.boundary))]
      case 'video':
        return flvTagPieces(FlvTagType.video, entry.dts, entry.payload)
      case 'audio': {
        const chunks = flvTagPieces(FlvTagType.audio, entry.time, entry.payload)
        if (entry.at !== this.#nextAudio) {
          chunks.unshift(mark(FeedMark.audioClock, entry.time, audioClockMark(entry.at)))
        }
        this.#nextAudio = entry.at + this.#samplesPerPacket
        return chunks
      }
      case 'data':
        return flvTagPieces(FlvTagType.script, entry.time, DATA_PREFIX, entry.payload)
      case 'end':
        return [writeFlvTag(FlvTagType.script, 0, writeScriptData(FeedMark.end, null))]
      default:
        return assertNever(entry)
    }
  }

  #tracks(entry: TracksEntry): Uint8Array[] {
    this.#nextAudio = undefined
    this.#samplesPerPacket = entry.audio?.track.samplesPerPacket ?? 0
    const { video, audio } = entry
    return [
      mark(FeedMark.tracks, 0, tracksMark({ video: announced(video), audio: announced(audio) })),
      ...sequenceHeaders(entry).flatMap(({ type, payload }) => flvTagPieces(FlvTagType[type], 0, payload)),
    ]
  }
}

function announced<T>(setup: TrackSetup<T> | undefined): AnnouncedTrack<T> | undefined {
  return setup && { track: setup.track, hasHeader: setup.payload.length > 0 }
}

function mark(name: string, time: number, value: AmfObject): Uint8Array {
  return writeFlvTag(FlvTagType.script, time, writeScriptData(name, value))
}
