import type { ReloadRequest } from '@sluice/manifest'

const DIGITS = /^\d{1,15}$/

/**
 * The `_HLS_msn` and `_HLS_part` of a query.
 *
 * @returns undefined where there are none; `invalid` for a part without a segment and for anything that is
 * no decimal integer.
 * @see draft-pantos-hls-rfc8216bis §6.2.5.2
 */
export function parseReloadDirectives(
  query: Readonly<Record<string, unknown>>,
): ReloadRequest | 'invalid' | undefined {
  const segment = query._HLS_msn
  const part = query._HLS_part
  if (segment === undefined) return part === undefined ? undefined : 'invalid'
  if (typeof segment !== 'string' || !DIGITS.test(segment)) return 'invalid'
  if (part !== undefined && (typeof part !== 'string' || !DIGITS.test(part))) return 'invalid'
  return { mediaSequenceNumber: Number(segment), part: part === undefined ? undefined : Number(part) }
}
