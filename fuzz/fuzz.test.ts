import { describe, expect, it } from 'vitest'
import { runBatch } from './engine/batch.ts'
import { Inputs } from './engine/inputs.ts'
import { TARGETS } from './targets/index.ts'

/** The long run has another seed each time; this one finds again what was there before. */
const SEED = 1
/** Inputs of one target: some seconds for all of them. */
const MOST = 1_500

describe('no input brings a reader down', () => {
  it.each(TARGETS)('$name', (target) => {
    const count = Math.min(target.share, MOST)
    const { findings, outcomes } = runBatch(target, new Inputs(target, SEED), {
      target: target.name,
      seed: SEED,
      from: 0,
      count,
    })
    expect(findings).toEqual([])
    // A target whose seeds are refused would look at nothing.
    expect(outcomes.get('read')).toBeGreaterThan(0)
  })
})
