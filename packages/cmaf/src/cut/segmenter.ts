import { type Ticks, ticks } from '@sluice/core'
import { writeFragment } from '../fragment/fragment.ts'
import type { CutCounts, CutEvent } from './cut-event.ts'
import { latestTimes, type TimedSample, writtenTime, writtenTimes } from './written-times.ts'

/**
 * A sample on the segment's decode timeline, by which parts are cut and announced. Its duration is the distance to the next one.
 * The boxes of video say other decode times, see `written-times.ts`: both begin at the segment's start and end at its end.
 */
export interface CutSample extends TimedSample {
  readonly keyframe: boolean
  readonly data: Uint8Array
}

/** What a `Segmenter` goes by. */
export interface SegmenterOptions {
  /** Longest part, in ticks. */
  readonly partTarget: Ticks
  /** Whether the first part of each segment opens with a SegmentTypeBox. */
  readonly styp: boolean
  /** Tells the wall clock of a media time, see `wallClock` of `Fragment`; undefined: segments do not say it. */
  readonly wallClock: ((time: Ticks) => number) | undefined
  /** Whether samples belong to a `roll` group, see `Fragment`. */
  readonly rollGroup: boolean
  /**
   * Duration of a sample that nothing follows: `fixed`, or that of the sample before it in the segment,
   * `initial` where there is none.
   */
  readonly lastDuration: { readonly fixed: Ticks } | { readonly initial: Ticks }
}

interface OpenSegment {
  readonly number: number
  readonly start: Ticks
  readonly discontinuity: boolean
  independent: boolean
  parts: number
  size: number
  /** Decode time that the boxes give the first sample not written yet. */
  written: Ticks
}

/**
 * A part this full is closed when one more sample as long as the last would not fit, without waiting to see
 * how long the next one really is: that saves a frame of latency in each part. Low-latency HLS asks parts to
 * have at least this share of the target (rfc8216bis §4.4.4.9).
 */
const FULL_ENOUGH = 0.85

/** Sequence numbers that each segment has to itself. */
const SEQUENCE_NUMBERS_PER_SEGMENT = 256

/**
 * Turns samples into parts and segments, with durations that always add up. Knows decode times alone; which
 * sample opens a segment, and at what time, is decided by the cutter that drives it.
 *
 * One sample is held back until the next decode time says how long it is.
 */
export class Segmenter {
  readonly #partTarget: Ticks
  readonly #styp: boolean
  readonly #rollGroup: boolean
  readonly #wallClock: ((time: Ticks) => number) | undefined
  readonly #fixedDuration: Ticks | undefined
  readonly #initialDuration: Ticks
  /** Duration of the sample before the one held; of the same segment, so that no segment depends on another. */
  #previousDuration: Ticks
  #segment: OpenSegment | undefined
  /** Samples of the part being filled, whose durations are known. */
  #part: CutSample[] = []
  #held: CutSample | undefined
  #events: CutEvent[] = []
  readonly #counts = { skipped: 0, late: 0, overlong: 0 }

  constructor(options: SegmenterOptions) {
    this.#partTarget = options.partTarget
    this.#styp = options.styp
    this.#rollGroup = options.rollGroup
    this.#wallClock = options.wallClock
    const { lastDuration } = options
    this.#fixedDuration = 'fixed' in lastDuration ? lastDuration.fixed : undefined
    this.#initialDuration = 'fixed' in lastDuration ? lastDuration.fixed : lastDuration.initial
    this.#previousDuration = this.#initialDuration
  }

  /** True once a segment has begun: samples have a place to go. */
  get hasSegment(): boolean {
    return this.#segment !== undefined
  }

  get counts(): Omit<CutCounts, 'dropped'> {
    return { ...this.#counts }
  }

  /** The events since the last call. */
  events(): CutEvent[] {
    const events = this.#events
    this.#events = []
    return events
  }

  /**
   * Ends the open segment exactly at `start` and begins the next one there; a sample must be added next.
   *
   * @param start - `tfdt` of the new segment.
   * @param discontinuity - the last sample is not stretched up to `start`.
   * @param skipped - numbers of segments that there will not be.
   * @returns the `tfdt` that the segment really has: later than `start` only when parts already out, or as
   * many samples as there are ticks, reach beyond it.
   */
  begin(number: number, start: Ticks, discontinuity: boolean, skipped: readonly number[]): Ticks {
    const end = this.#closeSegment(start, discontinuity)
    const actual = end !== undefined && end > start ? end : start
    if (actual > start) this.#counts.late += 1
    this.skip(skipped)
    this.#previousDuration = this.#initialDuration
    this.#segment = {
      number,
      start: actual,
      discontinuity,
      independent: false,
      parts: 0,
      size: 0,
      written: actual,
    }
    return actual
  }

  /** Reports boundaries that no media reached. */
  skip(segments: readonly number[]): void {
    for (const segment of segments) this.#events.push({ type: 'skipped', segment })
    this.#counts.skipped += segments.length
  }

  /**
   * Adds the next sample of the open segment. Where its decode time is not after that of the sample before
   * it, it becomes one tick more than that.
   */
  add(sample: CutSample): void {
    const held = this.#held
    if (held === undefined) {
      if (this.#segment !== undefined) this.#segment.independent = sample.keyframe
      this.#held = sample
      return
    }
    const decodeTime = ticks(Math.max(sample.decodeTime, held.decodeTime + 1))
    const next = decodeTime === sample.decodeTime ? sample : { ...sample, decodeTime }
    this.#settle(held, next)
    this.#held = next
  }

  /** Ends the open segment after its last sample. */
  end(): void {
    this.#closeSegment(undefined, false)
  }

  /**
   * Ends the open segment at `next`, or earlier before a discontinuity and at the end of the stream, where
   * the last sample has its usual duration.
   *
   * @returns the time of the end; undefined when no segment is open.
   */
  #closeSegment(next: Ticks | undefined, discontinuity: boolean): Ticks | undefined {
    const segment = this.#segment
    const held = this.#held
    if (segment === undefined || held === undefined) return undefined
    const usual = held.decodeTime + (this.#fixedDuration ?? this.#previousDuration)
    const wanted = next === undefined ? usual : discontinuity ? Math.min(usual, next) : next
    const { last, end } =
      wanted > held.decodeTime ? { last: held, end: ticks(wanted) } : this.#squeeze(held, wanted)
    this.#place(last, end)
    this.#closeLastPart(end)
    this.#events.push({
      type: 'segment',
      segment: segment.number,
      start: segment.start,
      duration: ticks(end - segment.start),
      independent: segment.independent,
      size: segment.size,
      discontinuity: segment.discontinuity,
    })
    this.#segment = undefined
    this.#held = undefined
    return end
  }

  /**
   * Spreads the samples that are not out yet evenly over the time up to `wanted`, for a segment whose decode
   * times have run up to or beyond the next boundary: the reorder delay of an encoder can differ between two
   * boundaries. Presentation times stay, as composition offsets count from the new decode times.
   */
  #squeeze(held: CutSample, wanted: number): { readonly last: CutSample; readonly end: Ticks } {
    const samples = [...this.#part, held]
    const start = this.#part[0]?.decodeTime ?? held.decodeTime
    const end = ticks(Math.max(wanted, start + samples.length))
    const squeezed = samples.map((sample, index) => ({
      ...sample,
      decodeTime: ticks(start + Math.floor((index * (end - start)) / samples.length)),
    }))
    const last = squeezed.pop() ?? held
    this.#part = squeezed
    return { last, end }
  }

  /** Gives `sample` its duration, up to `next`, and a place in a part, which is closed when it is full. */
  #settle(sample: CutSample, next: CutSample): void {
    this.#place(sample, next.decodeTime)
    const length = next.decodeTime - (this.#part[0] ?? sample).decodeTime
    if (length >= FULL_ENOUGH * this.#partTarget && length + this.#previousDuration > this.#partTarget) {
      this.#closePart(next)
    }
  }

  #place(sample: CutSample, end: Ticks): void {
    const [first] = this.#part
    if (first !== undefined && end - first.decodeTime > this.#partTarget) this.#closePart(sample)
    this.#part.push(sample)
    this.#previousDuration = ticks(end - sample.decodeTime)
  }

  /** @param next - the sample that opens the next part. */
  #closePart(next: CutSample): void {
    const segment = this.#segment
    if (segment === undefined) return
    const times = writtenTimes(this.#part, segment.written)
    const last = times.at(-1) ?? segment.written
    segment.written = writtenTime(next, ticks(last + 1))
    this.#writePart(segment, times, next.decodeTime, false)
  }

  #closeLastPart(end: Ticks): void {
    const segment = this.#segment
    if (segment === undefined) return
    const times = latestTimes(writtenTimes(this.#part, segment.written), this.#part, end)
    segment.written = end
    this.#writePart(segment, times, end, true)
  }

  /**
   * @param times - decode times for the boxes, a sample each; the last sample lasts until `segment.written`.
   * @param end - of the part, as it is announced.
   */
  #writePart(segment: OpenSegment, times: readonly Ticks[], end: Ticks, last: boolean): void {
    const [first] = this.#part
    const [baseDecodeTime] = times
    if (first === undefined || baseDecodeTime === undefined) return
    const pieces = writeFragment({
      sequenceNumber: sequenceNumber(segment.number, segment.parts),
      baseDecodeTime,
      styp: this.#styp && segment.parts === 0,
      ...(this.#wallClock !== undefined && segment.parts === 0
        ? { wallClock: this.#wallClock(baseDecodeTime) }
        : {}),
      rollGroup: this.#rollGroup,
      samples: this.#part.map(({ picture, keyframe, data }, index) => {
        const time = times[index] ?? baseDecodeTime
        return {
          duration: (times[index + 1] ?? segment.written) - time,
          compositionOffset: (picture?.presentationTime ?? time) - time,
          keyframe,
          data,
        }
      }),
    })
    let size = 0
    for (const piece of pieces) size += piece.length
    const duration = ticks(end - first.decodeTime)
    if (duration > this.#partTarget) this.#counts.overlong += 1
    this.#events.push({
      type: 'part',
      segment: segment.number,
      part: segment.parts,
      start: first.decodeTime,
      duration,
      independent: first.keyframe,
      last,
      offset: segment.size,
      size,
      pieces,
    })
    segment.parts += 1
    segment.size += size
    this.#part = []
  }
}

/**
 * The sequence number of a part's `mfhd`. It follows from the segment number and so goes on rising when
 * another worker takes over, and is the same whoever cuts. After 2^24 segments (a year at 2 s) it starts over.
 */
function sequenceNumber(segment: number, part: number): number {
  return (segment * SEQUENCE_NUMBERS_PER_SEGMENT + part + 1) % 2 ** 32
}
