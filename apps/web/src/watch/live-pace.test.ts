import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LivePace } from './live-pace.ts'

const AMPLE = 1

test('who is where he should be is left alone', () => {
  const pace = new LivePace()
  for (const behind of [0, 0.1, -0.1, 0.05]) expect(pace.rate({ behind, buffer: AMPLE })).toBe(1)
})

test('who is behind is hurried until it is good enough', () => {
  const pace = new LivePace()
  const rates = [0.6, 0.4, 0.1, 0.04, 0.02, 0.1].map((behind) => pace.rate({ behind, buffer: AMPLE }))
  expect(rates).toEqual([1.1, 1.05, 1.05, 1.05, 1, 1])
})

test('who is too close is slowed down', () => {
  const pace = new LivePace()
  const rates = [-0.2, -0.1, -0.02, -0.1].map((behind) => pace.rate({ behind, buffer: 0.1 }))
  expect(rates).toEqual([0.95, 0.95, 1, 1])
})

test('nobody is hurried with little loaded, and goes on when there is more', () => {
  const pace = new LivePace()
  expect(pace.rate({ behind: 0.4, buffer: 0.2 })).toBe(1)
  expect(pace.rate({ behind: 0.1, buffer: AMPLE })).toBe(1.05)
})

test('who looks at the past is left alone', () => {
  expect(new LivePace().rate({ behind: 30, buffer: 20 })).toBe(1)
})

test('a player that starts anywhere in the live range ends near its place', () => {
  fc.assert(
    fc.property(fc.double({ min: -0.7, max: 2.9, noNaN: true }), (start) => {
      const pace = new LivePace()
      let behind = start
      for (let look = 0; look < 400; look++) behind -= 0.25 * (pace.rate({ behind, buffer: AMPLE }) - 1)
      expect(Math.abs(behind)).toBeLessThanOrEqual(0.12)
    }),
  )
})
