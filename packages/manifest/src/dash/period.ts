import type { DynamicRange } from '@sluice/media'
import { type Rendition, rangeOf } from '../timeline/events.ts'
import type {
  PeriodSnapshot,
  RenditionSnapshot,
  SegmentSnapshot,
  TimelineSnapshot,
} from '../timeline/snapshot.ts'

/** A rendition's segments within one Period; at least one. */
export interface Representation {
  readonly window: RenditionSnapshot
  readonly segments: readonly SegmentSnapshot[]
  readonly first: SegmentSnapshot
  /** As it was declared for these segments. */
  readonly rendition: Rendition
}

/** Representations a player can switch between: the same kind of media in the same codec and dynamic range, the same sound. */
export interface AdaptationSet {
  /** The same in every Period. */
  readonly id: number
  readonly kind: Rendition['kind']
  readonly range: DynamicRange
  /** True for a sound beside the default one. */
  readonly alternative: boolean
  /** Of a sound that is not the only one: see `AudioRendition`. */
  readonly name: string | undefined
  readonly language: string | undefined
  readonly representations: readonly Representation[]
}

/** A Period that has media in the window. */
export interface Period {
  readonly mark: PeriodSnapshot
  readonly sets: readonly AdaptationSet[]
}

/** The periods of a snapshot with what can be played in them, oldest first. */
export function periodsOf(snapshot: TimelineSnapshot): readonly Period[] {
  return snapshot.periods
    .map((mark) => ({ mark, sets: adaptationSets(snapshot, mark) }))
    .filter(({ sets }) => sets.length > 0)
}

function adaptationSets(snapshot: TimelineSnapshot, mark: PeriodSnapshot): readonly AdaptationSet[] {
  const sets = new Map<number, [Representation, ...Representation[]]>()
  for (const window of snapshot.renditions) {
    const segments = segmentsIn(window, mark)
    const first = segments[0]
    if (first === undefined) continue
    const { rendition } = first
    const id = setNumber(rendition)
    const representation = { window, segments, first, rendition }
    const others = sets.get(id)
    sets.set(id, others === undefined ? [representation] : [...others, representation])
  }
  return [...sets]
    .map(([id, representations]) => adaptationSet(id, representations))
    .toSorted((a, b) => setOrder(a) - setOrder(b))
}

function adaptationSet(
  id: number,
  representations: readonly [Representation, ...Representation[]],
): AdaptationSet {
  const [{ rendition }] = representations
  const sound = rendition.kind === 'audio' ? rendition : undefined
  return {
    id,
    kind: rendition.kind,
    range: rangeOf(rendition),
    alternative: sound?.alternative !== undefined,
    name: sound?.name,
    language: sound?.language,
    representations,
  }
}

function segmentsIn(window: RenditionSnapshot, mark: PeriodSnapshot): readonly SegmentSnapshot[] {
  const end = mark.endSegment ?? Number.POSITIVE_INFINITY
  return window.segments.filter(({ number, gap }) => !gap && number >= mark.segment && number < end)
}

/** ASCII leaves the top bits of the four characters free: one tells each high range. */
const RANGE_BIT: Readonly<Record<DynamicRange, number>> = { SDR: 0, PQ: 0x8000_0000, HLG: 0x0080_0000 }

/**
 * An `@id` that no change of the ladder moves: the sample entry's four characters as a number, for a sound beside the default
 * one the publisher's number, which is far below any such.
 */
function setNumber(rendition: Rendition): number {
  if (rendition.kind === 'audio' && rendition.alternative !== undefined) return rendition.alternative
  const family = rendition.codecString.split('.')[0] ?? rendition.codecString
  let number = RANGE_BIT[rangeOf(rendition)]
  for (let index = 0; index < Math.min(4, family.length); index++)
    number += (family.charCodeAt(index) & 0x7f) * 256 ** (3 - index)
  return number
}

/** Pictures, the default sound, the others. */
function setOrder({ kind, alternative }: AdaptationSet): number {
  if (kind === 'video') return 0
  return alternative ? 2 : 1
}
