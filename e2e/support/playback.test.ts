import { expect, test } from 'vitest'
import { expectUnbroken, holesBetween } from './playback.ts'

const strict = { tolerance: 0.1, fromStart: true }

test('one stretch has no hole', () => {
  expect(holesBetween([[2, 9]], [3, 8], strict)).toEqual([])
})

test('what is missing in the middle, before the first and behind the last stretch is a hole', () => {
  const stretches = [
    [2, 3],
    [3.05, 4],
    [5, 6],
  ] as const
  expect(holesBetween(stretches, [1, 7], strict)).toEqual([
    [1, 2],
    [4, 5],
    [6, 7],
  ])
  expect(holesBetween(stretches, [1, 7], { ...strict, fromStart: false })).toEqual([
    [4, 5],
    [6, 7],
  ])
})

test('nothing at all is a hole', () => {
  expect(holesBetween([], [1, 2], { ...strict, fromStart: false })).toEqual([[1, 2]])
})

test('a lost part and a leap over what is loaded are seen; pieces ahead and behind are none of it', () => {
  const whole = {
    time: 8,
    played: [[2, 8]],
    buffered: [
      [0, 1],
      [2, 9],
      [10, 11],
    ],
  } as const
  expectUnbroken(whole, 4)
  expect(() =>
    expectUnbroken(
      {
        ...whole,
        buffered: [
          [2, 5],
          [5.25, 9],
        ],
      },
      4,
    ),
  ).toThrow('missing')
  expect(() =>
    expectUnbroken(
      {
        ...whole,
        played: [
          [2, 5],
          [6, 8],
        ],
      },
      4,
    ),
  ).toThrow('skipped')
})
