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

/** Representations a player can switch between: the same kind of media in the same codec and dynamic range. */
export interface AdaptationSet {
  /** The same in every Period. */
  readonly id: number
  readonly kind: Rendition['kind']
  readonly range: DynamicRange
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
  const families = new Map<string, [Representation, ...Representation[]]>()
  for (const window of snapshot.renditions) {
    const segments = segmentsIn(window, mark)
    const first = segments[0]
    if (first === undefined) continue
    const { rendition } = first
    const family = codecFamily(rendition)
    const representation = { window, segments, first, rendition }
    const others = families.get(family)
    families.set(family, others === undefined ? [representation] : [...others, representation])
  }
  return [...families]
    .map(([family, representations]) => {
      const [{ rendition }] = representations
      const range = rangeOf(rendition)
      return { id: familyNumber(family, range), kind: rendition.kind, range, representations }
    })
    .toSorted((a, b) => kindOrder(a.kind) - kindOrder(b.kind))
}

function segmentsIn(window: RenditionSnapshot, mark: PeriodSnapshot): readonly SegmentSnapshot[] {
  const end = mark.endSegment ?? Number.POSITIVE_INFINITY
  return window.segments.filter(({ number, gap }) => !gap && number >= mark.segment && number < end)
}

/** The sample entry, with the range behind it where that is a high one: `hvc1PQ`. */
function codecFamily(rendition: Rendition): string {
  const { codecString } = rendition
  const range = rangeOf(rendition)
  return `${codecString.split('.')[0] ?? codecString}${range === 'SDR' ? '' : range}`
}

/** ASCII leaves the top bits of the four characters free: one tells each high range. */
const RANGE_BIT: Readonly<Record<DynamicRange, number>> = { SDR: 0, PQ: 0x8000_0000, HLG: 0x0080_0000 }

/** The sample entry's four characters as a number: an `@id` that no change of the ladder moves. */
function familyNumber(family: string, range: DynamicRange): number {
  let number = RANGE_BIT[range]
  for (let index = 0; index < Math.min(4, family.length); index++)
    number += (family.charCodeAt(index) & 0x7f) * 256 ** (3 - index)
  return number
}

function kindOrder(kind: Rendition['kind']): number {
  return kind === 'video' ? 0 : 1
}
