import { expect, it } from 'vitest'
import { RecoveryBudget } from './recovery-budget.ts'

it('allows one repair of a kind per interval', () => {
  const budget = new RecoveryBudget(1000)
  expect(budget.take('media', 0)).toBe(true)
  expect(budget.take('media', 999)).toBe(false)
  expect(budget.take('network', 999)).toBe(true)
  expect(budget.take('media', 1000)).toBe(true)
  expect(budget.take('media', 1500)).toBe(false)
})
