/** Ten times the level, its largest luma picture, and its longest side (VP9 levels and decoder testing, table 1). */
const LEVELS = [
  { level: 10, samples: 36_864, side: 512 },
  { level: 11, samples: 73_728, side: 768 },
  { level: 20, samples: 122_880, side: 960 },
  { level: 21, samples: 245_760, side: 1344 },
  { level: 30, samples: 552_960, side: 2048 },
  { level: 31, samples: 983_040, side: 2752 },
  { level: 40, samples: 2_228_224, side: 4160 },
  { level: 50, samples: 8_912_896, side: 8384 },
  { level: 60, samples: 35_651_584, side: 16_832 },
] as const

/** For pictures that no level allows. */
const HIGHEST_LEVEL = 62

/**
 * The lowest level whose pictures may be this large, as codec strings write it: for senders that do not say.
 * How many of them come in a second is not known here, so the true level can be higher.
 */
export function lowestVpLevel(width: number, height: number): number {
  const fits = LEVELS.find(
    ({ samples, side }) => width * height <= samples && Math.max(width, height) <= side,
  )
  return fits?.level ?? HIGHEST_LEVEL
}
