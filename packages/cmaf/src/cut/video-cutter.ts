import {
  type EpochMillis,
  type Millis,
  millis,
  millisToTicks,
  StateError,
  type Ticks,
  ticks,
} from '@sluice/core'
import type { Boundary, Packet, VideoTrack } from '@sluice/media'
import { BoundaryQueue } from './boundary-queue.ts'
import type { CutCounts, CutEvent } from './cut-event.ts'
import { Segmenter } from './segmenter.ts'
import { wallClockFrom } from './wall-clock.ts'

/** How a boundary finds the packet that it stands before. */
export type BoundaryPlacement = 'next-packet' | 'time'

/** What a `VideoCutter` is made with. */
export interface VideoCutterOptions {
  readonly track: VideoTrack
  /** Longest part. Shorter parts mean less latency and more requests; it should hold several frames. */
  readonly partTarget: Millis
  /** Opens each segment with a SegmentTypeBox. Default false. */
  readonly styp?: boolean
  /** Wall clock of media time 0: each segment tells the one it begins at. Default: none does. */
  readonly startedAt?: EpochMillis
}

interface PendingBoundary {
  readonly boundary: Boundary
  readonly placement: BoundaryPlacement
  /** Its time in the track's timescale. */
  readonly time: Ticks
}

/** An encoder's keyframe may lie this far before the time it was asked for: half a frame at 60 a second. */
const EARLY_KEYFRAME = millis(8)

/** Assumed where a segment of a single frame ends without a next one and the track does not tell its frame rate. */
const USUAL_FRAME_RATE = 30

/**
 * Cuts a video track at the broadcast's boundaries. A pure machine: the same calls give the same bytes.
 *
 * The `tfdt` of segment N is exactly the time of boundary N, in every rung, and its durations add up to that of boundary N + 1.
 * Parts are cut and announced by decode times that are the packets' own, shifted so that the first is the boundary's time; the
 * boxes say those that are not shifted, as far as they lie within the segment (`written-times.ts`). Presentation times stay as they
 * were. The last sample lasts until the next boundary, before a discontinuity as long as the sample before it.
 *
 * States: `open`, then `ended` by `end()`, after which only `events()` and `counts` are legal.
 *
 * @see ISO/IEC 23000-19 §7.3.2.3, §7.5.17
 */
export class VideoCutter {
  readonly #track: VideoTrack
  readonly #boundaries = new BoundaryQueue<PendingBoundary>()
  readonly #segmenter: Segmenter
  readonly #tolerance: Ticks
  /** From packets' decode times to those of the open segment. */
  #shift = 0
  #dropped = 0
  #ended = false

  constructor(options: VideoCutterOptions) {
    const { track } = options
    this.#track = track
    this.#tolerance = millisToTicks(EARLY_KEYFRAME, track.timescale)
    this.#segmenter = new Segmenter({
      partTarget: millisToTicks(options.partTarget, track.timescale),
      styp: options.styp ?? false,
      wallClock: wallClockFrom(options.startedAt, track.timescale),
      rollGroup: false,
      lastDuration: { initial: ticks(Math.round(track.timescale / (track.frameRate ?? USUAL_FRAME_RATE))) },
    })
  }

  get counts(): CutCounts {
    return { ...this.#segmenter.counts, dropped: this.#dropped }
  }

  /**
   * Announces a boundary. Several may be pending; one that is overtaken by a later boundary without a packet
   * in between is reported as `skipped`.
   *
   * @param placement - `next-packet`: the segment begins with the next packet, whatever it is (the mark came
   * in band). `time`: it begins with the first keyframe presented at the boundary's time or up to 8 ms
   * earlier; if a packet is decoded at or after that time without one, with that packet.
   * @throws {StateError} `cmaf.cut.boundary_order`, `cmaf.cut.ended`.
   */
  boundary(boundary: Boundary, placement: BoundaryPlacement): void {
    this.#requireOpen()
    this.#boundaries.push({ boundary, placement, time: millisToTicks(boundary.time, this.#track.timescale) })
  }

  /**
   * Takes the next packet in decode order. Its data is kept until its part is written. Packets before the
   * first boundary are dropped.
   *
   * @throws {StateError} `cmaf.cut.not_video`, `cmaf.cut.ended`.
   */
  packet(packet: Packet): void {
    this.#requireOpen()
    if (packet.kind !== 'video') {
      throw new StateError('cmaf.cut.not_video', `a packet of ${packet.kind} in a video cutter`)
    }
    const passed = this.#boundaries.take((pending) => this.#isReached(pending, packet))
    if (passed !== undefined) {
      const { boundary, discontinuity, skipped } = passed
      const time = millisToTicks(boundary.time, this.#track.timescale)
      this.#shift = this.#segmenter.begin(boundary.number, time, discontinuity, skipped) - packet.dts
    } else if (!this.#segmenter.hasSegment) {
      this.#dropped += 1
      return
    }
    this.#segmenter.add({
      decodeTime: ticks(packet.dts + this.#shift),
      picture: { encoderTime: packet.dts, presentationTime: packet.pts },
      keyframe: packet.keyframe,
      data: packet.data,
    })
  }

  /**
   * Ends the last segment. Boundaries still pending are reported as `skipped`.
   *
   * @throws {StateError} `cmaf.cut.ended`.
   */
  end(): void {
    this.#requireOpen()
    this.#ended = true
    this.#segmenter.end()
    this.#segmenter.skip(this.#boundaries.takeRest())
  }

  /** The events since the last call, in order. */
  events(): CutEvent[] {
    return this.#segmenter.events()
  }

  #isReached(pending: PendingBoundary, packet: Packet): boolean {
    if (pending.placement === 'next-packet') return true
    const atKeyframe = packet.keyframe && packet.pts >= pending.time - this.#tolerance
    return atKeyframe || packet.dts >= pending.time
  }

  #requireOpen(): void {
    if (this.#ended) throw new StateError('cmaf.cut.ended', 'the cutter has ended')
  }
}
