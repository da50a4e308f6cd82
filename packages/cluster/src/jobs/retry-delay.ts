/** Name of the waits below in the queue's own options. */
export const RETRY_STRATEGY = 'sluice'

/** By how many runs failed in a row, in milliseconds; the last one for all others. Below what a state lives that tells why. */
const DELAYS = [500, 1_000, 2_000, 5_000, 10_000] as const
/** Workers that failed together do not come back together. */
const JITTER = 0.2

/**
 * How long a run that failed waits for the next one, in milliseconds: soon at first, because most faults pass, and at most
 * ten seconds, because a broadcast that nobody can see should not keep a machine busy with failing.
 *
 * @param failures - runs that failed in a row, at least 1.
 * @param random - from 0 to 1.
 */
export function retryDelay(failures: number, random: number = Math.random()): number {
  const longest = DELAYS[Math.min(Math.max(failures, 1), DELAYS.length) - 1] ?? DELAYS[0]
  return Math.round(longest * (1 - JITTER * random))
}
