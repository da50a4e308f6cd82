/**
 * The wall clock as blocks in a picture: black and white, two rows of sixteen, in the upper left corner. Large enough to survive
 * an encoder and being made smaller; eight of them are check bits, so that a damaged or mixed picture is no time at all.
 */

/** Blocks of a row, rows, and the length of a block's side in lines of the camera's picture. */
export const BARS = { columns: 16, rows: 2, side: 40 } as const

/** The clock starts again after so many milliseconds, 4.6 hours: far more than any delay. */
export const CLOCK_PERIOD = 2 ** 24

const TIME_BITS = 24
const CHECK_BITS = 8
/** x⁸ + x² + x + 1 without its highest term: any burst of up to eight wrong bits is noticed. */
const CHECK_POLYNOMIAL = 0x07
/** What encoders call black and white. */
const BLACK = 16
const WHITE = 235
/** Luminance of 255 between these is neither. */
const DARKEST_WHITE = 160
const LIGHTEST_BLACK = 95

/**
 * Draws a time over the luminance of a picture.
 *
 * @param luminance - a byte a pixel, at least as large as the bars.
 * @param width - of the picture.
 * @param time - milliseconds; only `time % CLOCK_PERIOD` is drawn.
 */
export function drawClock(luminance: Uint8Array, width: number, time: number): void {
  const { columns, rows, side } = BARS
  const bits = codeOf(time % CLOCK_PERIOD)
  for (let row = 0; row < rows; row++) {
    const first = row * side * width
    for (let column = 0; column < columns; column++) {
      const from = first + column * side
      luminance.fill(bits[row * columns + column] === 1 ? WHITE : BLACK, from, from + side)
    }
    for (let line = 1; line < side; line++) {
      luminance.copyWithin(first + line * width, first, first + columns * side)
    }
  }
}

/**
 * Reads a time back.
 *
 * @param blocks - luminance of each block, 0 to 255, row by row.
 * @returns milliseconds below `CLOCK_PERIOD`; undefined where a block is neither black nor white, or the check bits
 *   belong to another time.
 */
export function readClock(blocks: readonly number[]): number | undefined {
  if (blocks.some((block) => block > LIGHTEST_BLACK && block < DARKEST_WHITE)) return undefined
  const bits = blocks.map((block) => (block >= DARKEST_WHITE ? 1 : 0))
  const time = numberOf(bits.slice(0, TIME_BITS))
  return numberOf(bits.slice(TIME_BITS)) === checkOf(time) ? time : undefined
}

/** Milliseconds from a time that was read to a later one. */
export function clockDifference(from: number, to: number): number {
  return (((to - from) % CLOCK_PERIOD) + CLOCK_PERIOD) % CLOCK_PERIOD
}

function codeOf(time: number): number[] {
  return [...bitsOf(time, TIME_BITS), ...bitsOf(checkOf(time), CHECK_BITS)]
}

/** Highest bit first. */
function bitsOf(value: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => (value >>> (count - 1 - index)) & 1)
}

function numberOf(bits: readonly number[]): number {
  return bits.reduce((sum, bit) => sum * 2 + bit, 0)
}

/** Inverted, so that a picture all black is no time. */
function checkOf(time: number): number {
  const remainder = bitsOf(time, TIME_BITS).reduce((check, bit) => {
    const top = ((check >>> 7) & 1) ^ bit
    return ((check << 1) & 0xff) ^ (top === 1 ? CHECK_POLYNOMIAL : 0)
  }, 0)
  return remainder ^ 0xff
}
