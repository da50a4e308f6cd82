import { ProtocolError } from '@sluice/core'

/** Shortest window that players find their place in, in seconds. */
export const SHORTEST_WINDOW_SECONDS = 6
/** Longest window of a stream, in seconds: six hours. */
export const LONGEST_WINDOW_SECONDS = 21_600

/**
 * @param seconds - 0 for the gateway's own.
 * @throws {ProtocolError} `cluster.stream.bad_window`; `details.field` is `windowSeconds`.
 */
export function checkWindowSeconds(seconds: number): void {
  const isWindow =
    Number.isInteger(seconds) && seconds >= SHORTEST_WINDOW_SECONDS && seconds <= LONGEST_WINDOW_SECONDS
  if (seconds === 0 || isWindow) return
  throw new ProtocolError(
    'cluster.stream.bad_window',
    `windowSeconds: ${seconds} is not allowed; allowed: a whole number of seconds from ${SHORTEST_WINDOW_SECONDS} to ${LONGEST_WINDOW_SECONDS}, or 0 for the gateway's own`,
    { details: { field: 'windowSeconds' } },
  )
}
