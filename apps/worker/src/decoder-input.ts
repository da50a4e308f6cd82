import {
  type FurtherEntry,
  type MediaEntry,
  sequenceHeaders,
  type TracksEntry,
  timeOf,
} from '@sluice/broadcast'
import { FragmentedMp4Writer } from '@sluice/cmaf'
import { StateError } from '@sluice/core'
import type { InputFormat } from '@sluice/ffmpeg'
import { FlvTagType, flvTagPieces, writeFlvHeader } from '@sluice/flv'
import type { Packet } from '@sluice/media'

/** The bytes that a decoder is fed with. Pieces are to be written one after the other, and not to be changed. */
export interface DecoderInput {
  /** What the stream begins with. */
  header(): readonly Uint8Array[]
  /**
   * One frame.
   *
   * @param packet - that of the entry.
   * @param data - that of the packet, or what is to be decoded in its place.
   * @throws {StateError} `worker.decoder.no_message` for a further track's packet as FLV: it has no message of its own.
   */
  frame(entry: MediaEntry | FurtherEntry, packet: Packet, data: Uint8Array): readonly Uint8Array[]
}

/** The source in a container that the decoder reads. */
export function decoderInput(format: InputFormat, tracks: TracksEntry): DecoderInput {
  return format === 'flv' ? new FlvInput(tracks) : new Mp4Input(tracks)
}

/** The publisher's own messages as FLV tags. */
class FlvInput implements DecoderInput {
  readonly #tracks: TracksEntry

  constructor(tracks: TracksEntry) {
    this.#tracks = tracks
  }

  header(): readonly Uint8Array[] {
    const { video, audio } = this.#tracks
    return [
      writeFlvHeader({ video: video !== undefined, audio: audio !== undefined }),
      ...sequenceHeaders(this.#tracks).flatMap(({ type, payload }) =>
        flvTagPieces(FlvTagType[type], 0, payload),
      ),
    ]
  }

  frame(entry: MediaEntry | FurtherEntry, packet: Packet, data: Uint8Array): readonly Uint8Array[] {
    if (entry.type === 'further')
      throw new StateError(
        'worker.decoder.no_message',
        `further track ${entry.trackId} as FLV: hand it over as MP4`,
      )
    const { payload } = entry
    const type = FlvTagType[entry.type]
    const time = timeOf(entry)
    if (data === packet.data) return flvTagPieces(type, time, payload)
    // The packet is a view of the body: what stands before it there goes with any data.
    const prefix = payload.subarray(0, packet.data.byteOffset - payload.byteOffset)
    return flvTagPieces(type, time, prefix, data)
  }
}

/** The same packets as fragmented MP4, for codecs that this ffmpeg cannot read from FLV, and for further tracks. */
class Mp4Input implements DecoderInput {
  readonly #writer: FragmentedMp4Writer

  constructor({ video, audio }: TracksEntry) {
    this.#writer = new FragmentedMp4Writer({ video: video?.track, audio: audio?.track })
  }

  header(): readonly Uint8Array[] {
    return [this.#writer.header()]
  }

  frame(_: MediaEntry | FurtherEntry, packet: Packet, data: Uint8Array): readonly Uint8Array[] {
    return this.#writer.packet(data === packet.data ? packet : { ...packet, data })
  }
}
