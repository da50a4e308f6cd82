import type fc from 'fast-check'

/** `FC_SEED` replays a failure, `FC_RUNS` soaks. */
export function runs(usual: number): fc.Parameters<unknown> {
  const { FC_SEED, FC_RUNS } = process.env
  return {
    numRuns: FC_RUNS === undefined ? usual : Number(FC_RUNS),
    ...(FC_SEED === undefined ? {} : { seed: Number(FC_SEED) }),
  }
}
