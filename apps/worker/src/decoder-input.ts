import type { AudioEntry, VideoEntry } from '@sluice/broadcast'
import { millisToTicks, type Ticks, VIDEO_TIMESCALE } from '@sluice/core'
import { type Boundary, type NalLengthSize, type Packet, withRecoveryPoint } from '@sluice/media'

/** Bytes of an AVC video tag body before its NAL units: frame type and codec, packet type, composition time. */
const AVC_HEADER_SIZE = 5
/** Presentation times come as rounded milliseconds: a frame this close to a boundary is the frame at it. */
const TOLERANCE: Ticks = (8 * 90) as Ticks

/**
 * Prepares the tag bodies that go to the decoder. A boundary that is no keyframe of the source is marked by a
 * recovery point SEI in its frame: the decoder then reports a key frame, and every encoder that is told to
 * follow the source's key frames makes one there, so all rungs can be cut at it.
 */
export class DecoderInput {
  readonly #nalLengthSize: NalLengthSize
  #unmarked: Ticks[] = []

  /** @param nalLengthSize - bytes of the NAL length fields, from the AVC configuration record. */
  constructor(nalLengthSize: NalLengthSize) {
    this.#nalLengthSize = nalLengthSize
  }

  boundary(boundary: Boundary): void {
    if (!boundary.independent) this.#unmarked.push(millisToTicks(boundary.time, VIDEO_TIMESCALE))
  }

  /** The body to write for this entry: its own, or one with the mark in it. @param packet - that of the entry. */
  body({ payload }: VideoEntry | AudioEntry, packet: Packet): Uint8Array {
    const next = this.#unmarked[0]
    if (next === undefined || packet.kind !== 'video') return payload
    // In decode order a later frame may come first: only the frame at the boundary, or the first one whose
    // decoding has passed it, may carry the mark.
    if (Math.abs(packet.pts - next) > TOLERANCE && packet.dts < next) return payload
    this.#unmarked.shift()
    if (packet.keyframe) return payload
    const marked = withRecoveryPoint(packet.data, this.#nalLengthSize)
    const marking = new Uint8Array(AVC_HEADER_SIZE + marked.length)
    marking.set(payload.subarray(0, AVC_HEADER_SIZE))
    marking.set(marked, AVC_HEADER_SIZE)
    return marking
  }
}
