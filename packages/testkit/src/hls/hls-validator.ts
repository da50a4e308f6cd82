import { ListHistory } from './list-history.ts'
import { type ListRuleOptions, listFaults } from './list-rules.ts'
import { type Attributes, type MediaList, readMediaList } from './media-list.ts'

/** How far a list reaches: its last segment's number, and the last part of it, -1 where it has none. */
export interface ListPosition {
  readonly segment: number
  readonly part: number
}

/**
 * Holds every media playlist of a stream to RFC 8216bis: by itself, against the versions before it, and against the other
 * renditions' lists.
 */
export class HlsValidator {
  readonly #options: ListRuleOptions
  readonly #histories = new Map<string, ListHistory>()
  readonly #positions = new Map<string, ListPosition>()
  #control: string | undefined
  #versions = 0
  readonly #faults: string[] = []

  constructor(options: ListRuleOptions = {}) {
    this.#options = options
  }

  /** Everything that was wrong so far. */
  get faults(): readonly string[] {
    return this.#faults
  }

  /** How many lists were looked at. */
  get versions(): number {
    return this.#versions
  }

  /** Hints for parts that never came. Not wrong where media breaks off; where nothing happens there are none. */
  get brokenHints(): readonly string[] {
    return [...this.#histories.values()].flatMap(({ brokenHints }) => brokenHints)
  }

  /** How often a segment in the making was begun anew. */
  get begunAnew(): number {
    return [...this.#histories.values()].reduce((sum, history) => sum + history.begunAnew, 0)
  }

  /** How far each rendition was known to reach so far. */
  positions(): ReadonlyMap<string, ListPosition> {
    return new Map(this.#positions)
  }

  /**
   * Looks at the next version of a rendition's list: a whole one, or an update put together with the list before.
   *
   * @param least - how far the other renditions reached at some moment before: reports must not say less.
   * @returns the list.
   */
  take(rendition: string, text: string, least: ReadonlyMap<string, ListPosition> = new Map()): MediaList {
    const list = readMediaList(text)
    const history = this.#histories.get(rendition) ?? new ListHistory()
    this.#histories.set(rendition, history)
    this.#versions += 1
    const control = JSON.stringify([...list.serverControl])
    this.#control ??= control
    const faults = [
      ...listFaults(list, this.#options),
      ...history.take(list),
      ...(control === this.#control ? [] : ['SERVER-CONTROL differs from that of other renditions']),
      ...list.reports.flatMap((report) => this.#reportFaults(report, rendition, least)),
    ]
    this.#faults.push(...faults.map((fault) => `${rendition}, version ${this.#versions}: ${fault}`))
    const position = positionOf(list)
    if (position !== undefined) this.#positions.set(rendition, position)
    return list
  }

  /** Compares the lists of one moment: each reports on all others, and says what they say themselves. */
  takeMoment(lists: ReadonlyMap<string, string>): void {
    const read = new Map([...lists].map(([id, text]) => [id, this.take(id, text)] as const))
    const positions = new Map([...read].map(([id, list]) => [id, positionOf(list)] as const))
    for (const [id, { ended, reports }] of read) {
      if (ended) continue
      const said = new Map(reports.map((report) => [renditionOf(report), reported(report)] as const))
      const others = [...positions].filter(([other]) => other !== id)
      if (said.size !== others.length || reports.length !== others.length)
        this.#faults.push(
          `${id}: reports on ${[...said.keys()].join()} of ${others.map(([other]) => other).join()}`,
        )
      for (const [other, position] of others)
        if (JSON.stringify(said.get(other)) !== JSON.stringify(position))
          this.#faults.push(
            `${id}: reports ${JSON.stringify(said.get(other))} of ${other}, at ${JSON.stringify(position)}`,
          )
    }
  }

  #reportFaults(
    report: Attributes,
    rendition: string,
    least: ReadonlyMap<string, ListPosition>,
  ): readonly string[] {
    const other = renditionOf(report)
    if (other === rendition) return ['a report on itself']
    const floor = least.get(other)
    const { segment, part } = reported(report)
    const behind =
      floor !== undefined && (segment < floor.segment || (segment === floor.segment && part < floor.part))
    return behind
      ? [`${other} is said to be at ${segment}.${part}, and was at ${floor.segment}.${floor.part}`]
      : []
  }
}

function renditionOf(report: Attributes): string {
  return report.get('URI')?.split('/')[1] ?? ''
}

function reported(report: Attributes): ListPosition {
  return { segment: Number(report.get('LAST-MSN')), part: Number(report.get('LAST-PART') ?? -1) }
}

function positionOf({ segments, open }: MediaList): ListPosition | undefined {
  const last = open ?? segments.at(-1)
  return last && { segment: last.mediaSequence, part: last.parts.length - 1 }
}
