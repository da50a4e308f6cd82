/**
 * How far below the ideal distance two kept frames may lie. It absorbs timestamps rounded to milliseconds
 * and sources a little above the cap (30.1, 31 frames per second), which would otherwise lose every second frame.
 */
const SPACING = 0.9

/**
 * The least distance between two kept frames under a frame rate cap, in seconds: nine tenths of the cap's
 * frame duration, less the millisecond by which the distance of two rounded times may be short.
 */
export function minimumFrameSpacing(maxFrameRate: number): number {
  return SPACING / maxFrameRate - 0.001
}

/**
 * The frame rate that remains of `frameRate` when frames closer than {@link minimumFrameSpacing} are dropped:
 * always a whole fraction of the source's, so that motion stays even (50 under a cap of 30 gives 25).
 */
export function cappedFrameRate(frameRate: number, maxFrameRate: number): number {
  return frameRate / Math.max(1, Math.ceil(SPACING * (frameRate / maxFrameRate)))
}
