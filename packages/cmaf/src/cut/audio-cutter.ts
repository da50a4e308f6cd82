import { type EpochMillis, type Millis, millisToTicks, StateError, type Ticks, ticks } from '@sluice/core'
import type { AudioTrack, Boundary, Packet } from '@sluice/media'
import { rollDistance } from '../init/roll-distance.ts'
import { BoundaryQueue } from './boundary-queue.ts'
import type { CutCounts, CutEvent } from './cut-event.ts'
import { Segmenter } from './segmenter.ts'
import { wallClockFrom } from './wall-clock.ts'

/** What an `AudioCutter` is made with. */
export interface AudioCutterOptions {
  readonly track: AudioTrack
  /** Longest part. */
  readonly partTarget: Millis
  /** Opens each segment with a SegmentTypeBox. Default false. */
  readonly styp?: boolean
  /** Wall clock of media time 0: each segment tells the one it begins at. Default: none does. */
  readonly startedAt?: EpochMillis
  /**
   * Most packets that wait for the horizon. Beyond it the oldest goes to the last boundary known, so that a
   * feed without boundaries cannot fill the memory. Default 1024 packets: 22 s of AAC at 48 kHz.
   */
  readonly maxWaiting?: number
}

/** Counts of an `AudioCutter`. */
export interface AudioCutCounts extends CutCounts {
  /** Packets placed before the horizon allowed it, because too many waited. */
  readonly unwaited: number
}

interface PendingBoundary {
  readonly boundary: Boundary
  /** Its time in the track's timescale. */
  readonly time: Ticks
}

const DEFAULT_MAX_WAITING = 1024

/**
 * Cuts an audio track at the broadcast's boundaries. A pure machine: the same calls give the same bytes.
 *
 * Segment N begins with the packet whose start is nearest to boundary N, and its `tfdt` is that start: audio
 * is never shifted. A sample lasts `samplesPerPacket` ticks; where times jump forward, the sample before the
 * gap lasts until the next packet, so durations add up. Before a discontinuity nothing is stretched.
 *
 * Audio runs ahead of the boundaries that video decides, so a packet waits until it is certain which
 * boundary it belongs to: until a later one is known, or until `horizon` says that none will come before it.
 *
 * States: `open`, then `ended` by `end()`, after which only `events()` and `counts` are legal.
 */
export class AudioCutter {
  readonly #track: AudioTrack
  readonly #boundaries = new BoundaryQueue<PendingBoundary>()
  readonly #segmenter: Segmenter
  readonly #maxWaiting: number
  #waiting: Packet[] = []
  /** In milliseconds. */
  #horizon = Number.NEGATIVE_INFINITY
  /** The same in the track's timescale. */
  #horizonTicks = Number.NEGATIVE_INFINITY
  #dropped = 0
  #unwaited = 0
  #ended = false

  constructor(options: AudioCutterOptions) {
    const { track } = options
    this.#track = track
    this.#maxWaiting = options.maxWaiting ?? DEFAULT_MAX_WAITING
    this.#segmenter = new Segmenter({
      partTarget: ticks(Math.floor((options.partTarget * track.timescale) / 1000)),
      styp: options.styp ?? false,
      wallClock: wallClockFrom(options.startedAt, track.timescale),
      rollGroup: rollDistance(track) !== undefined,
      lastDuration: { fixed: ticks(track.samplesPerPacket) },
    })
  }

  get counts(): AudioCutCounts {
    return { ...this.#segmenter.counts, dropped: this.#dropped, unwaited: this.#unwaited }
  }

  /**
   * Announces a boundary. One that no packet is nearest to is reported as `skipped`.
   *
   * @throws {StateError} `cmaf.cut.boundary_order`, `cmaf.cut.before_horizon`, `cmaf.cut.ended`.
   */
  boundary(boundary: Boundary): void {
    this.#requireOpen()
    if (boundary.time < this.#horizon) {
      throw new StateError(
        'cmaf.cut.before_horizon',
        `boundary ${boundary.number} at ${boundary.time} ms, before the horizon at ${this.#horizon} ms`,
      )
    }
    this.#boundaries.push({ boundary, time: millisToTicks(boundary.time, this.#track.timescale) })
    this.#placeWaiting()
  }

  /**
   * Takes the next packet. Its data is kept until its part is written. Packets that belong before the first
   * boundary are dropped.
   *
   * @throws {StateError} `cmaf.cut.not_audio`, `cmaf.cut.ended`.
   */
  packet(packet: Packet): void {
    this.#requireOpen()
    if (packet.kind !== 'audio') {
      throw new StateError('cmaf.cut.not_audio', `a packet of ${packet.kind} in an audio cutter`)
    }
    this.#waiting.push(packet)
    this.#placeWaiting()
  }

  /**
   * Promises that no boundary earlier than `time` will be announced any more. A lower value than before
   * changes nothing.
   *
   * @throws {StateError} `cmaf.cut.ended`.
   */
  horizon(time: Millis): void {
    this.#requireOpen()
    if (time <= this.#horizon) return
    this.#horizon = time
    this.#horizonTicks = millisToTicks(time, this.#track.timescale)
    this.#placeWaiting()
  }

  /**
   * Places all waiting packets and ends the last segment. Boundaries still pending are reported as `skipped`.
   *
   * @throws {StateError} `cmaf.cut.ended`.
   */
  end(): void {
    this.#requireOpen()
    this.#ended = true
    for (const packet of this.#waiting) this.#place(packet)
    this.#waiting = []
    this.#segmenter.end()
    this.#segmenter.skip(this.#boundaries.takeRest())
  }

  /** The events since the last call, in order. */
  events(): CutEvent[] {
    return this.#segmenter.events()
  }

  #placeWaiting(): void {
    for (let packet = this.#waiting[0]; packet !== undefined; packet = this.#waiting[0]) {
      const isCertain = this.#isCertain(packet)
      if (!isCertain && this.#waiting.length <= this.#maxWaiting) return
      if (!isCertain) this.#unwaited += 1
      this.#waiting.shift()
      this.#place(packet)
    }
  }

  /** Whether no boundary that is still unknown can claim the packet. Unknown ones come after all known. */
  #isCertain(packet: Packet): boolean {
    const latest = this.#boundaries.last
    return (
      !this.#reaches(packet, this.#horizonTicks) ||
      (latest !== undefined && !this.#reaches(packet, latest.time))
    )
  }

  /** Whether the packet belongs after a boundary at `time`: its middle is not before it. */
  #reaches(packet: Packet, time: number): boolean {
    return 2 * packet.dts + this.#track.samplesPerPacket >= 2 * time
  }

  #place(packet: Packet): void {
    // A `tfdt` cannot be negative: what an encoder puts out before media time 0 is its priming.
    if (packet.dts < 0) {
      this.#dropped += 1
      return
    }
    const passed = this.#boundaries.take((pending) => this.#reaches(packet, pending.time))
    let decodeTime = packet.dts
    if (passed !== undefined) {
      const { boundary, discontinuity, skipped } = passed
      decodeTime = this.#segmenter.begin(boundary.number, packet.dts, discontinuity, skipped)
    } else if (!this.#segmenter.hasSegment) {
      this.#dropped += 1
      return
    }
    this.#segmenter.add({ decodeTime, picture: undefined, keyframe: true, data: packet.data })
  }

  #requireOpen(): void {
    if (this.#ended) throw new StateError('cmaf.cut.ended', 'the cutter has ended')
  }
}
