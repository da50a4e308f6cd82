import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cappedFrameRate, minimumFrameSpacing } from './frame-rate.ts'

test.each([
  { from: 60, cap: 30, to: 30 },
  { from: 59.94, cap: 30, to: 29.97 },
  { from: 50, cap: 30, to: 25 },
  { from: 30, cap: 30, to: 30 },
  { from: 31, cap: 30, to: 31 },
  { from: 120, cap: 60, to: 60 },
  { from: 120, cap: 30, to: 30 },
  { from: 24, cap: 30, to: 24 },
])('$from under a cap of $cap is $to', ({ from, cap, to }) => {
  expect(cappedFrameRate(from, cap)).toBeCloseTo(to, 6)
})

test('dropping by spacing, on whole milliseconds, gives the promised rate', () => {
  fc.assert(
    fc.property(fc.integer({ min: 10, max: 120 }), fc.constantFrom(24, 30, 60), (frameRate, cap) => {
      const spacing = minimumFrameSpacing(cap)
      let kept = 0
      let last = Number.NEGATIVE_INFINITY
      const seconds = 20
      for (let frame = 0; frame < seconds * frameRate; frame++) {
        const time = Math.round((frame * 1000) / frameRate) / 1000
        if (time - last < spacing) continue
        last = time
        kept++
      }
      expect(kept / seconds).toBeGreaterThanOrEqual(cappedFrameRate(frameRate, cap) * 0.99)
      expect(kept / seconds).toBeLessThanOrEqual(1 / spacing + 1 / seconds)
    }),
  )
})
