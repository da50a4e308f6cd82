import { expect, it } from 'vitest'
import { retryDelay } from './retry-delay.ts'

it.each([
  [1, 500],
  [2, 1_000],
  [3, 2_000],
  [4, 5_000],
  [5, 10_000],
  [1_000, 10_000],
])('after %i failures in a row the next run waits %i ms', (failures, longest) => {
  expect(retryDelay(failures, 0)).toBe(longest)
  expect(retryDelay(failures, 1)).toBe(longest * 0.8)
})
