import type { Rendition } from '../timeline/events.ts'
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

/** Representations a player can switch between: the same kind of media in the same codec. */
export interface AdaptationSet {
  /** The same in every Period. */
  readonly id: number
  readonly kind: Rendition['kind']
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
  const families = new Map<string, Representation[]>()
  for (const window of snapshot.renditions) {
    const segments = segmentsIn(window, mark)
    const first = segments[0]
    if (first === undefined) continue
    const { rendition } = first
    const family = codecFamily(rendition)
    families.set(family, [...(families.get(family) ?? []), { window, segments, first, rendition }])
  }
  return [...families]
    .map(([family, representations]) => ({
      id: familyNumber(family),
      kind: kindOf(representations),
      representations,
    }))
    .toSorted((a, b) => kindOrder(a.kind) - kindOrder(b.kind))
}

function segmentsIn(window: RenditionSnapshot, mark: PeriodSnapshot): readonly SegmentSnapshot[] {
  const end = mark.endSegment ?? Number.POSITIVE_INFINITY
  return window.segments.filter(({ number, gap }) => !gap && number >= mark.segment && number < end)
}

function codecFamily({ codecString }: Rendition): string {
  return codecString.split('.')[0] ?? codecString
}

/** The sample entry's four characters as a number: an `@id` that no change of the ladder moves. */
function familyNumber(family: string): number {
  let number = 0
  for (let index = 0; index < Math.min(4, family.length); index++)
    number = number * 256 + (family.charCodeAt(index) & 0xff)
  return number
}

function kindOf(representations: readonly Representation[]): Rendition['kind'] {
  return representations.some(({ window }) => window.rendition.kind === 'video') ? 'video' : 'audio'
}

function kindOrder(kind: Rendition['kind']): number {
  return kind === 'video' ? 0 : 1
}
