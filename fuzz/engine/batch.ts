import { Inputs } from './inputs.ts'
import { type Fault, judge, judgeQuickly, judgeRetained, type Reading } from './judge.ts'
import { memoryHeld, memoryInUse } from './memory.ts'
import { shrink } from './shrink.ts'
import { boundsOf, type FuzzTarget } from './target.ts'

/** Inputs of one target that are given in a row. */
export interface Batch {
  readonly target: string
  /** Of the run. */
  readonly seed: number
  /** Number of the first input. */
  readonly from: number
  readonly count: number
}

/** An input that showed a fault. */
export interface Finding {
  readonly target: string
  readonly seed: number
  /** Number of the input: with the seed it makes the input again, before it was shrunk. */
  readonly index: number
  readonly kind: Fault['kind'] | 'hang' | 'crash' | 'leak'
  readonly message: string
  readonly signature: string
  /** The shortest input known to show it. */
  readonly input: Uint8Array
}

/** What became of a batch. */
export interface BatchReport {
  readonly inputs: number
  readonly millis: number
  /** Inputs by how their reading ended: `read`, or the code of the error that refused them. */
  readonly outcomes: ReadonlyMap<string, number>
  readonly slowest: { readonly index: number; readonly millis: number }
  /** At most one of each signature. */
  readonly findings: readonly Finding[]
  /** Memory that this process holds after the batch, in bytes. */
  readonly held: number
}

/** What is held afterwards is looked at for one input in so many, and for the first of each batch. */
const RETAINED_EVERY = 16_384
/** The memory that inputs take is looked at for so many together, and one by one where that is more than one may take. */
const GROUP = 16

/**
 * Gives a target the inputs of a batch.
 *
 * @param inputs - of that target and the batch's seed.
 * @param begins - called with the number of each input before it is read: the last one named is to blame when this
 * never returns.
 */
export function runBatch(
  target: FuzzTarget,
  inputs: Inputs,
  batch: Batch,
  begins: (index: number) => void = () => undefined,
): BatchReport {
  const { seed, from, count } = batch
  const start = performance.now()
  const outcomes = new Map<string, number>()
  const findings = new Map<string, Finding>()
  let slowest = { index: from, millis: 0 }
  const looksLonger = (index: number): boolean => index === from || index % RETAINED_EVERY === 0
  const look = (index: number, judging: Judging): Reading => {
    begins(index)
    const input = inputs.at(index)
    const reading = judging(target, input)
    const { fault } = reading
    if (fault !== undefined && !findings.has(fault.signature))
      findings.set(fault.signature, finding(target, { seed, index }, input, fault, judging))
    return reading
  }
  for (let group = from; group < from + count; group += GROUP) {
    const end = Math.min(group + GROUP, from + count)
    const before = memoryInUse()
    for (let index = group; index < end; index++) {
      const { outcome, millis } = look(index, looksLonger(index) ? judgeRetained : judgeQuickly)
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      if (millis > slowest.millis) slowest = { index, millis }
    }
    if (memoryInUse() - before <= boundsOf(target).allocated.fixed) continue
    for (let index = group; index < end; index++) look(index, judge)
  }
  const millis = performance.now() - start
  return { inputs: count, millis, outcomes, slowest, findings: [...findings.values()], held: memoryHeld() }
}

type Judging = (target: FuzzTarget, input: Uint8Array) => Reading

function finding(
  target: FuzzTarget,
  { seed, index }: { readonly seed: number; readonly index: number },
  input: Uint8Array,
  fault: Fault,
  judging: Judging,
): Finding {
  const smallest = shrink(input, (each) => judging(target, each).fault?.signature === fault.signature)
  const { message } = judging(target, smallest).fault ?? fault
  return { target: target.name, seed, index, ...fault, message, input: smallest }
}

/** Keeps the inputs of each target and seed, so that seeds are made once. */
export class InputsOf {
  readonly #made = new Map<string, Inputs>()

  get(target: FuzzTarget, seed: number): Inputs {
    const key = `${target.name} ${seed}`
    const inputs = this.#made.get(key) ?? new Inputs(target, seed)
    this.#made.set(key, inputs)
    return inputs
  }
}
