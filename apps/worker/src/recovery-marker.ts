import { millisToTicks, type Ticks, VIDEO_TIMESCALE } from '@sluice/core'
import {
  type Boundary,
  type NalLengthSize,
  type Packet,
  readAvcDecoderConfigurationRecord,
  type VideoTrack,
  withRecoveryPoint,
} from '@sluice/media'

/** Presentation times come as rounded milliseconds: a frame this close to a boundary is the frame at it. */
const TOLERANCE: Ticks = (8 * 90) as Ticks

/**
 * Marks boundaries for the decoder. One that is no keyframe of the source gets a recovery point SEI in its frame: the
 * decoder then reports a key frame, and every encoder that is told to follow the source's key frames makes one there,
 * so all rungs can be cut at it. H.264 alone knows such a mark that decoders heed; frames of other codecs stay as they are.
 */
export class RecoveryMarker {
  readonly #nalLengthSize: NalLengthSize | undefined
  #unmarked: Ticks[] = []

  constructor(track: VideoTrack | undefined) {
    this.#nalLengthSize =
      track?.codec === 'h264' ? readAvcDecoderConfigurationRecord(track.config).nalLengthSize : undefined
  }

  boundary(boundary: Boundary): void {
    if (this.#nalLengthSize === undefined || boundary.independent) return
    this.#unmarked.push(millisToTicks(boundary.time, VIDEO_TIMESCALE))
  }

  /** What to hand to the decoder for a packet: its own data, or data with the mark in it. */
  data(packet: Packet): Uint8Array {
    const next = this.#unmarked[0]
    if (this.#nalLengthSize === undefined || next === undefined || packet.kind !== 'video') return packet.data
    // In decode order a later frame may come first: only the frame at the boundary, or the first one whose
    // decoding has passed it, may carry the mark.
    if (Math.abs(packet.pts - next) > TOLERANCE && packet.dts < next) return packet.data
    this.#unmarked.shift()
    if (packet.keyframe) return packet.data
    return withRecoveryPoint(packet.data, this.#nalLengthSize)
  }
}
