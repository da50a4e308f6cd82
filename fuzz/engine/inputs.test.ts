import { expect, it } from 'vitest'
import { Inputs } from './inputs.ts'
import type { FuzzTarget } from './target.ts'

const SEEDS = [Buffer.alloc(200, 1), new Uint8Array(2_000).fill(2)]
const target: FuzzTarget = {
  name: 'test',
  summary: '',
  share: 1,
  mostBytes: 1_000,
  seeds: () => SEEDS,
  read: () => undefined,
}
const NUMBERS = Array.from({ length: 5_000 }, (_, i) => i)

it('makes each input again from the seed of the run and its number', () => {
  const [once, again, other] = [new Inputs(target, 1), new Inputs(target, 1), new Inputs(target, 2)]
  const backwards = NUMBERS.toReversed().map((index) => once.at(index))
  expect(NUMBERS.map((index) => again.at(index))).toEqual(backwards.toReversed())
  expect(
    NUMBERS.slice(2).filter((index) => Buffer.compare(other.at(index), once.at(index)) === 0).length,
  ).toBeLessThan(100)
})

it('begins with the seeds, makes others of them, and leaves them alone', () => {
  const inputs = new Inputs(target, 1)
  const made = NUMBERS.map((index) => inputs.at(index))
  expect(made.slice(0, 2).map(({ length }) => length)).toEqual([200, 1_000])
  expect(made.every(({ length }) => length <= 1_000)).toBe(true)
  const distinct = new Set(made.map((bytes) => Buffer.from(bytes).toString('latin1')))
  expect(distinct.size).toBeGreaterThan(4_500)
  expect(SEEDS[0]?.every((byte) => byte === 1)).toBe(true)
})
