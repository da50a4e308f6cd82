import { randomInt } from 'node:crypto'
import type { EpochMillis } from '@sluice/core'

const RANDOM_DIGITS = 3

/**
 * A new broadcast id: 8 digits of time and 3 random ones in base 36, so ids sort by start time. It is part
 * of file names, URLs and job ids, all of which it fits unescaped.
 */
export function newBroadcastId(startedAt: EpochMillis): string {
  const random = randomInt(36 ** RANDOM_DIGITS)
  return startedAt.toString(36).padStart(8, '0') + random.toString(36).padStart(RANDOM_DIGITS, '0')
}
