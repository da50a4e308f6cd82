import { assertNever } from '@sluice/core'
import { type ListRange, rangeFrom, rangeOfLast, type TimelineSnapshot } from '@sluice/manifest'

/** What of the live window a query asks for: all of it, what follows a moment, or the last seconds. */
export type RangeQuery =
  | { readonly type: 'whole' }
  /** Seconds since the broadcast began. */
  | { readonly type: 'seconds'; readonly start: number }
  /** Milliseconds since the epoch. */
  | { readonly type: 'date'; readonly start: number }
  | { readonly type: 'recent'; readonly seconds: number }

const SECONDS = /^\d{1,9}(\.\d{1,6})?$/
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)$/

/**
 * Reads `start` (seconds since the broadcast began, or an ISO 8601 date with its time zone) or `dvr` (seconds).
 *
 * @returns `invalid` for anything else by those names, for one that is repeated, and for both at once.
 */
export function parseRangeQuery(query: Readonly<Record<string, unknown>>): RangeQuery | 'invalid' {
  const { start, dvr } = query
  if (start === undefined && dvr === undefined) return { type: 'whole' }
  if (start === undefined) return isSeconds(dvr) ? { type: 'recent', seconds: Number(dvr) } : 'invalid'
  if (dvr !== undefined || typeof start !== 'string') return 'invalid'
  if (isSeconds(start)) return { type: 'seconds', start: Number(start) }
  // A plus sign that was not escaped arrives as a space.
  const date = start.replace(' ', '+')
  const time = DATE.test(date) ? Date.parse(date) : Number.NaN
  return Number.isNaN(time) ? 'invalid' : { type: 'date', start: time }
}

/** Finds the range in the window as it is. Whatever means the same gives the same range. */
export function resolveRange(
  query: RangeQuery,
  snapshot: TimelineSnapshot,
): ListRange | 'gone' | 'ahead' | undefined {
  switch (query.type) {
    case 'whole':
      return undefined
    case 'seconds':
      return rangeFrom(snapshot, query.start)
    case 'date':
      return rangeFrom(snapshot, (query.start - snapshot.startedAt) / 1000)
    case 'recent':
      return rangeOfLast(snapshot, query.seconds)
    default:
      return assertNever(query)
  }
}

function isSeconds(value: unknown): boolean {
  return typeof value === 'string' && SECONDS.test(value)
}
