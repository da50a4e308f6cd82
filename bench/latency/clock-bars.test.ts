import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BARS, CLOCK_PERIOD, clockDifference, drawClock, readClock } from './clock-bars.ts'

const WIDTH = 854
const HEIGHT = 100
const time = fc.integer({ min: 0, max: 2 ** 45 })

/** Luminance in the middle of each block. */
function blocksOf(luminance: Uint8Array): number[] {
  const { columns, rows, side } = BARS
  return Array.from({ length: columns * rows }, (_, index) => {
    const x = ((index % columns) + 0.5) * side
    const y = (Math.floor(index / columns) + 0.5) * side
    return luminance[y * WIDTH + x] ?? Number.NaN
  })
}

function draw(at: number): Uint8Array {
  const luminance = new Uint8Array(WIDTH * HEIGHT).fill(128)
  drawClock(luminance, WIDTH, at)
  return luminance
}

test('a time that was drawn is read', () => {
  fc.assert(
    fc.property(time, (at) => {
      expect(readClock(blocksOf(draw(at)))).toBe(at % CLOCK_PERIOD)
    }),
  )
})

test('nothing beyond the bars is touched', () => {
  const luminance = draw(1_700_000_000_000)
  const { columns, rows, side } = BARS
  const outside = luminance.filter(
    (_, index) => index % WIDTH >= columns * side || index >= rows * side * WIDTH,
  )
  expect(new Set(outside)).toEqual(new Set([128]))
})

test('a picture that is partly another time, black, white or grey is no time', () => {
  fc.assert(
    fc.property(time, fc.integer({ min: 1, max: 31 }), (at, from) => {
      const wrong = blocksOf(draw(at)).map((block, index) => (index === from ? 251 - block : block))
      expect(readClock(wrong)).toBeUndefined()
    }),
  )
  for (const luminance of [0, 128, 255]) {
    expect(readClock(Array.from({ length: BARS.columns * BARS.rows }, () => luminance))).toBeUndefined()
  }
})

test('a difference spans the clock’s start', () => {
  expect(clockDifference(CLOCK_PERIOD - 20, 30)).toBe(50)
  expect(clockDifference(100, 1_100)).toBe(1_000)
})
