import type fc from 'fast-check'

const { FC_SEED, FC_RUNS } = process.env

/** `FC_SEED` replays a failure, `FC_RUNS` soaks. */
export const parameters: fc.Parameters<unknown> = {
  ...(FC_SEED === undefined ? {} : { seed: Number(FC_SEED) }),
  ...(FC_RUNS === undefined ? {} : { numRuns: Number(FC_RUNS) }),
}
