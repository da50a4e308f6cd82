import type { ReloadRequest } from '@sluice/manifest'

const DIGITS = /^\d{1,15}$/
/** Both mean a delta update: v2 may leave out date ranges too, of which there are none. */
const SKIP_VALUES: ReadonlySet<unknown> = new Set(['YES', 'v2'])

/** What a playlist request asks for beyond the playlist as it is. */
export interface ReloadDirectives {
  /** Undefined where the answer is not to be waited for. */
  readonly reload: ReloadRequest | undefined
  /** True where a delta update will do. */
  readonly skip: boolean
}

/**
 * The `_HLS_msn`, `_HLS_part` and `_HLS_skip` of a query. Whatever else stands in it changes nothing.
 *
 * @returns `invalid` for a part without a segment, for numbers that are no decimal integers, for a skip that is
 * neither `YES` nor `v2`, and for anything that is said twice.
 * @see draft-pantos-hls-rfc8216bis §6.2.5
 */
export function parseReloadDirectives(
  query: Readonly<Record<string, unknown>>,
): ReloadDirectives | 'invalid' {
  const { _HLS_msn: segment, _HLS_part: part, _HLS_skip: skip } = query
  const numbers = [segment, part].every((value) => value === undefined || isNumber(value))
  if (!numbers || (skip !== undefined && !SKIP_VALUES.has(skip))) return 'invalid'
  if (segment === undefined)
    return part === undefined ? { reload: undefined, skip: skip !== undefined } : 'invalid'
  const reload = { mediaSequenceNumber: Number(segment), part: part === undefined ? undefined : Number(part) }
  return { reload, skip: skip !== undefined }
}

function isNumber(value: unknown): boolean {
  return typeof value === 'string' && DIGITS.test(value)
}
