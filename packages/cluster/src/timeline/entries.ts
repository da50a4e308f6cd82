import type { TimelineEvent } from '@sluice/manifest'

/** An event and its place in the log. */
export interface TimelineEntry {
  /** A Redis stream id, `MILLISECONDS-COUNTER`. */
  readonly id: string
  readonly event: TimelineEvent
}

/** Before every entry. */
export const FIRST_ID = '0-0'

/**
 * How long an event is kept: `recent` ones until no playlist lists them, those of the `window` as long as viewers may go back,
 * and `mark`s for ever, as a reader that starts late needs them to make sense of what is in the window.
 */
export type Retention = 'recent' | 'window' | 'mark'

/** How long an event is kept. */
export function retentionOf({ type }: TimelineEvent): Retention {
  if (type === 'part') return 'recent'
  return type === 'segment' ? 'window' : 'mark'
}

/** True when the entry `a` comes after the entry `b`. */
export function isAfter(a: string, b: string): boolean {
  const [aTime = 0, aCount = 0] = a.split('-').map(Number)
  const [bTime = 0, bCount = 0] = b.split('-').map(Number)
  return aTime === bTime ? aCount > bCount : aTime > bTime
}

/** Entries as XRANGE gives them: `[id, ['e', json]]`. */
export function parseRange(rows: readonly (readonly [string, readonly string[]])[]): TimelineEntry[] {
  return rows.map(([id, fields]) => ({ id, event: JSON.parse(fields[1] ?? '') as TimelineEvent }))
}

/** What one append published: the id before it, and its entries. */
export interface Publication {
  readonly previous: string
  readonly entries: readonly TimelineEntry[]
}

/** Reads a message of the timeline's channel: `{"previous":ID,"entries":[[ID,EVENT],…]}`. */
export function parsePublication(message: string): Publication {
  const { previous, entries } = JSON.parse(message) as {
    previous: string
    entries: readonly [string, TimelineEvent][]
  }
  return { previous, entries: entries.map(([id, event]) => ({ id, event })) }
}
