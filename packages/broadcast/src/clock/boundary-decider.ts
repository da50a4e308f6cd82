import { type Millis, millis } from '@sluice/core'

/** How long segments are. */
export interface SegmentRules {
  /** Wanted segment duration: EXT-X-TARGETDURATION in milliseconds. */
  readonly target: Millis
  /** Longest segment that still rounds to the target duration in whole seconds. */
  readonly longest: Millis
}

/**
 * Rules for a wanted segment duration. A playlist's segments must round to at most its target duration
 * (RFC 8216 §4.3.3.1), which leaves just under half a second; a frame of slack stays on our side.
 *
 * @param seconds - whole seconds, 1 or more.
 */
export function segmentRules(seconds: number): SegmentRules {
  return { target: millis(seconds * 1000), longest: millis(seconds * 1000 + 450) }
}

/** Keyframes that miss the target by less than this still count as being on it, in milliseconds. */
const SLACK = 50

/** What a frame's place in the stream means for the segments. */
export type Cut = 'none' | 'keyframe' | 'forced'

/**
 * Decides where segments begin. Keyframes are preferred: the last one that keeps the segment within the
 * target duration. Where keyframes are rarer than segments may be long, a cut is forced between them.
 */
export class BoundaryDecider {
  readonly #rules: SegmentRules
  #segmentStart: number | undefined
  #lastKeyframe: number | undefined
  /** Last distance between two keyframes, in milliseconds; undefined until two were seen. */
  #keyframeInterval: number | undefined

  constructor(rules: SegmentRules) {
    this.#rules = rules
  }

  /** Last distance between two keyframes, in milliseconds. */
  get keyframeInterval(): Millis | undefined {
    return this.#keyframeInterval === undefined ? undefined : millis(this.#keyframeInterval)
  }

  /** Forgets everything: the next keyframe begins a segment. */
  reset(): void {
    this.#segmentStart = undefined
    this.#lastKeyframe = undefined
    this.#keyframeInterval = undefined
  }

  /** @param time - presentation time of a keyframe. */
  keyframe(time: Millis): Cut {
    if (this.#lastKeyframe !== undefined) this.#keyframeInterval = time - this.#lastKeyframe
    this.#lastKeyframe = time
    if (this.#segmentStart === undefined) return this.#cut(time, 'keyframe')
    const elapsed = time - this.#segmentStart
    const next = elapsed + (this.#keyframeInterval ?? elapsed)
    if (elapsed < this.#rules.target - SLACK && next <= this.#rules.longest) return 'none'
    return this.#cut(time, 'keyframe')
  }

  /**
   * @param time - decode time of a frame that is no keyframe, moved by the reordering delay: where a
   *   segment that begins with it would begin.
   * @param frameDuration - expected distance to the next frame.
   * @param shownAlready - a frame that is decoded earlier is shown at `time` or later. Encoders of other rungs have
   *   it behind them and cannot begin a segment there, so such a place is taken only where none other is left.
   */
  frame(time: Millis, frameDuration: number, shownAlready: boolean): Cut {
    if (this.#segmentStart === undefined || this.#lastKeyframe === undefined) return 'none'
    const elapsed = time - this.#segmentStart
    const keyframesAreRare =
      time - this.#lastKeyframe > this.#rules.longest || (this.#keyframeInterval ?? 0) > this.#rules.longest
    const latest = this.#rules.longest - frameDuration
    // One that is about to come is waited for: a cut just before it would make a segment of a few frames.
    const expected = this.#lastKeyframe + (this.#keyframeInterval ?? Number.POSITIVE_INFINITY)
    const keyframeIsNear = expected > time && expected - this.#segmentStart <= latest
    const early = keyframesAreRare && !shownAlready && !keyframeIsNear
    const limit = early ? this.#rules.target - SLACK : latest
    return elapsed >= limit ? this.#cut(time, 'forced') : 'none'
  }

  /** @param time - start of an audio packet, in a broadcast without video: any packet may begin a segment. */
  audioOnly(time: Millis): Cut {
    if (this.#segmentStart === undefined) return this.#cut(time, 'keyframe')
    return time - this.#segmentStart >= this.#rules.target ? this.#cut(time, 'keyframe') : 'none'
  }

  #cut(time: number, cut: Cut): Cut {
    this.#segmentStart = time
    return cut
  }
}
