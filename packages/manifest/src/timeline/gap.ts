import { rescale, type Ticks, type Timescale, ticks } from '@sluice/core'

/** Where a segment lies in time. */
export interface SegmentSpan {
  readonly number: number
  readonly start: Ticks
  readonly duration: Ticks
}

/** Tells where another rendition has a segment, in that rendition's timescale. */
export type SiblingLookup = (number: number) => (SegmentSpan & { readonly timescale: Timescale }) | undefined

/** A hole in a rendition: everything between the end of its last segment and the start of the next. */
export interface Hole {
  readonly firstNumber: number
  /** Number of the segment after the hole. */
  readonly nextNumber: number
  readonly from: Ticks
  readonly to: Ticks
  readonly timescale: Timescale
  /** True when no discontinuity lies in the hole, so that its length is the missing segments' length. */
  readonly continuous: boolean
  /** Whole seconds no missing segment may be longer than. */
  readonly targetDuration: number
}

/** More missing segments than this are not described one by one. */
const MAX_MISSING = 1000

/**
 * Places the segments that a rendition never got: where another rendition has them, or evenly over the hole.
 *
 * @returns undefined when nobody knows; the rendition's window then starts anew behind the hole.
 */
export function spansOfHole(hole: Hole, sibling: SiblingLookup): readonly SegmentSpan[] | undefined {
  const missing = hole.nextNumber - hole.firstNumber
  if (missing > MAX_MISSING) return undefined
  return spansOfSiblings(hole, sibling) ?? evenSpans(hole, missing)
}

function spansOfSiblings(hole: Hole, sibling: SiblingLookup): readonly SegmentSpan[] | undefined {
  const spans: SegmentSpan[] = []
  for (let number = hole.firstNumber; number < hole.nextNumber; number++) {
    const span = sibling(number)
    if (span === undefined) return undefined
    const start = rescale(span.start, span.timescale, hole.timescale)
    const end = rescale(span.start + span.duration, span.timescale, hole.timescale)
    spans.push({ number, start, duration: ticks(end - start) })
  }
  return spans
}

function evenSpans(hole: Hole, missing: number): readonly SegmentSpan[] | undefined {
  const length = hole.to - hole.from
  const longest = Math.ceil(length / missing)
  if (!hole.continuous || length < missing) return undefined
  if (Math.round(longest / hole.timescale) > hole.targetDuration) return undefined
  return Array.from({ length: missing }, (_, index) => {
    const start = hole.from + Math.floor((length * index) / missing)
    const end = hole.from + Math.floor((length * (index + 1)) / missing)
    return { number: hole.firstNumber + index, start: ticks(start), duration: ticks(end - start) }
  })
}
