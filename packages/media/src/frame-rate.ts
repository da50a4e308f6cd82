/**
 * Above this a clock in a codec's headers is no frame rate: senders without a fixed one write the clock of
 * their timestamps there (1 kHz, 90 kHz).
 */
const MAX_FRAME_RATE = 480

/**
 * Frames per second of a clock of `timeScale` ticks per second, where a frame lasts `ticksPerFrame`;
 * undefined where that is none.
 */
export function frameRateOf(timeScale: number, ticksPerFrame: number): number | undefined {
  const rate = timeScale / ticksPerFrame
  return rate > 0 && rate <= MAX_FRAME_RATE ? rate : undefined
}
