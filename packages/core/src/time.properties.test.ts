import fc from 'fast-check'
import { expect, it } from 'vitest'
import { rescale, type Timescale, timescale } from './time.ts'

const parameters: fc.Parameters<unknown> = {
  ...(process.env.FC_SEED === undefined ? {} : { seed: Number(process.env.FC_SEED) }),
  numRuns: process.env.FC_RUNS === undefined ? 2_000 : Number(process.env.FC_RUNS),
}

const scale: fc.Arbitrary<Timescale> = fc
  .oneof(
    fc.constantFrom(1, 1000, 44_100, 48_000, 90_000, 10_000_000),
    fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  )
  .map(timescale)
/** Also where value times timescale leaves the safe integers. */
const value = fc.oneof(
  fc.integer({ min: -(2 ** 32), max: 2 ** 32 }),
  fc.maxSafeInteger(),
  fc.nat(500).map((below) => 2 ** 52 - below),
  fc.integer({ min: -50, max: 50 }).map((away) => Math.floor(Number.MAX_SAFE_INTEGER / 180_000) + away),
)

/** The definition, in arithmetic without limits: ⌊value · to / from + 1/2⌋. */
function exact(of: number, from: number, to: number): bigint {
  const numerator = 2n * BigInt(of) * BigInt(to) + BigInt(from)
  const denominator = 2n * BigInt(from)
  const quotient = numerator / denominator
  return numerator % denominator < 0n ? quotient - 1n : quotient
}

/** Results beyond the safe integers are no ticks; nobody has them. */
const isTicks = (result: bigint): boolean => result >= -(2n ** 53n) + 1n && result <= 2n ** 53n - 1n

it('rescaling is the exact quotient, halves up', () => {
  fc.assert(
    fc.property(value, scale, scale, (of, from, to) => {
      const expected = exact(of, from, to)
      fc.pre(isTicks(expected))
      expect(BigInt(rescale(of, from, to))).toBe(expected)
    }),
    parameters,
  )
})

it('rescaling keeps the order', () => {
  fc.assert(
    fc.property(value, value, scale, scale, (a, b, from, to) => {
      fc.pre(isTicks(exact(a, from, to)) && isTicks(exact(b, from, to)))
      const [low, high] = [Math.min(a, b), Math.max(a, b)]
      expect(rescale(low, from, to)).toBeLessThanOrEqual(rescale(high, from, to))
    }),
    parameters,
  )
})

it('rescaling to a finer scale and back loses nothing', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
      scale,
      fc.integer({ min: 1, max: 90 }),
      (of, from, factor) => {
        const finer = timescale(from * factor)
        expect(rescale(rescale(of, from, finer), finer, from)).toBe(of)
      },
    ),
    parameters,
  )
})
