import type { EpochMillis, Ticks, Timescale } from '@sluice/core'

/**
 * Tells the wall clock of media times, in milliseconds since the Unix epoch, not necessarily whole.
 *
 * @param startedAt - wall clock of media time 0; undefined where nobody knows it.
 */
export function wallClockFrom(
  startedAt: EpochMillis | undefined,
  timescale: Timescale,
): ((time: Ticks) => number) | undefined {
  return startedAt === undefined ? undefined : (time) => startedAt + (time / timescale) * 1000
}
