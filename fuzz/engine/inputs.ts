import { mutate } from './mutate.ts'
import { hashText, Random } from './random.ts'
import type { FuzzTarget } from './target.ts'

/** The inputs of one target: each has a number, and the seed of the run and that number make it again at any time. */
export class Inputs {
  readonly #target: FuzzTarget
  readonly #seed: number
  readonly #name: number
  #seeds: readonly Uint8Array[] | undefined

  /** @param seed - 32 bits. */
  constructor(target: FuzzTarget, seed: number) {
    this.#target = target
    this.#seed = seed
    this.#name = hashText(target.name)
  }

  /** Input `index`, from 0 on: first the target's own seeds as they are, then changed ones. */
  at(index: number): Uint8Array {
    this.#seeds ??= this.#target.seeds().map((seed) => seed.subarray(0, this.#target.mostBytes))
    const seed = this.#seeds[index]
    if (seed !== undefined) return new Uint8Array(seed)
    return mutate(this.#seeds, this.#target.mostBytes, new Random(this.#seed, this.#name, index))
  }
}
