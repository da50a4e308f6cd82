import { millis } from '@sluice/core'
import { describe, expect, test } from 'vitest'
import { BoundaryDecider, segmentRules } from './boundary-decider.ts'

/** Boundaries of a constant frame rate with keyframes every `gop` milliseconds, over `seconds`. */
function boundaries(gop: number, seconds: number, fps = 25): { time: number; forced: boolean }[] {
  const decider = new BoundaryDecider(segmentRules(2))
  const frame = 1000 / fps
  const cuts: { time: number; forced: boolean }[] = []
  let nextKeyframe = 0
  for (let index = 0; index * frame < seconds * 1000; index++) {
    const time = millis(Math.round(index * frame))
    const isKeyframe = time >= nextKeyframe
    if (isKeyframe) nextKeyframe += gop
    const cut = isKeyframe ? decider.keyframe(time) : decider.frame(time, frame, false)
    if (cut !== 'none') cuts.push({ time, forced: cut === 'forced' })
  }
  return cuts
}

describe('segment boundaries', () => {
  test.each([
    [500, 2000],
    [1000, 2000],
    [2000, 2000],
    [1520, 1520],
    [2400, 2400],
  ])('keyframes every %i ms give segments of %i ms, all at keyframes', (gop, duration) => {
    const cuts = boundaries(gop, 60)
    expect(cuts.every((cut, index) => cut.time === index * duration && !cut.forced)).toBe(true)
  })

  test.each([4000, 8320, 10_000, 1e9])(
    'keyframes every %i ms: cuts are forced and no segment is too long',
    (gop) => {
      const cuts = boundaries(gop, 60)
      const durations = cuts.slice(1).map((cut, index) => cut.time - (cuts[index]?.time ?? 0))
      expect(Math.max(...durations)).toBeLessThanOrEqual(2450)
      expect(cuts.some((cut) => cut.forced)).toBe(true)
      for (let time = 0; time < 60_000; time += gop)
        expect(cuts.some((cut) => cut.time === time && !cut.forced)).toBe(true)
    },
  )

  test.each([2500, 3000, 4000, 6000, 8320, 10_000])(
    'keyframes every %i ms: no cut is forced just before a keyframe, once their distance is known',
    (gop) => {
      const known = boundaries(gop, 60, 50).filter(({ time }) => time >= gop)
      const durations = known.slice(1).map((cut, index) => cut.time - (known[index]?.time ?? 0))
      expect(Math.min(...durations)).toBeGreaterThan(400)
    },
  )

  test.each([23.976, 24, 29.97, 30, 50, 59.94, 60])(
    'at %f frames a second no segment rounds above the target',
    (fps) => {
      for (const gop of [700, 1300, 2100, 3000, 8330]) {
        const cuts = boundaries(gop, 30, fps)
        const durations = cuts.slice(1).map((cut, index) => cut.time - (cuts[index]?.time ?? 0))
        expect(Math.max(...durations)).toBeLessThan(2500)
      }
    },
  )
})
