import { errorCode, errorMessage, ProtocolError, UnsupportedError } from '@sluice/core'
import { memoryHeld, memoryInUse } from './memory.ts'
import { allowance, boundsOf, type FuzzTarget } from './target.ts'

/** What is wrong with how an input was read. */
export type FaultKind =
  /** Something else than the declared errors was thrown. */
  | 'exception'
  /** More memory was taken than the input justifies. */
  | 'allocated'
  /** More memory is held afterwards than the input justifies. */
  | 'retained'
  /** It took long, again and again. */
  | 'slow'

/** A fault of a reader. */
export interface Fault {
  readonly kind: FaultKind
  readonly message: string
  /** Two inputs of one signature have probably found the same fault. */
  readonly signature: string
}

/** How reading an input ended. */
export interface Reading {
  /** `read`, or the code of the error that refused it. */
  readonly outcome: string
  readonly millis: number
  readonly fault: Fault | undefined
}

/** Milliseconds that an input may take, and those for each of its bytes: far more than any needs on a busy machine. */
const SLOW_FIXED = 250
const SLOW_PER_BYTE = 0.02
/** A slow input is given again so often: a busy machine makes quick ones slow. */
const SLOW_REPEATS = 3

/** Gives a target one input, and looks at what is thrown and how long it takes. */
export function judgeQuickly(target: FuzzTarget, input: Uint8Array): Reading {
  const { outcome, millis, fault } = timed(target, input)
  return { outcome, millis, fault: fault ?? slowness(target, input, millis) }
}

/**
 * Like `judgeQuickly`, and looks at the memory that is taken, garbage included. Older garbage that is collected meanwhile hides some
 * of it.
 */
export function judge(target: FuzzTarget, input: Uint8Array): Reading {
  const before = memoryInUse()
  const { outcome, millis, fault } = timed(target, input)
  const taken = memoryInUse() - before
  if (fault !== undefined) return { outcome, millis, fault }
  const allowed = allowance(boundsOf(target).allocated, input.length)
  if (taken > allowed) return { outcome, millis, fault: tooMuch('allocated', taken, allowed, input) }
  return { outcome, millis, fault: slowness(target, input, millis) }
}

/** Like `judge`, but looks at what is held afterwards, which takes milliseconds. */
export function judgeRetained(target: FuzzTarget, input: Uint8Array): Reading {
  const before = memoryHeld()
  const { held, outcome, millis, fault } = timed(target, input)
  // What is measured has to be within reach while it is.
  kept = held
  const retained = memoryHeld() - before
  kept = undefined
  const allowed = allowance(boundsOf(target).retained, input.length)
  if (fault !== undefined || retained <= allowed) return { outcome, millis, fault }
  return { outcome, millis, fault: tooMuch('retained', retained, allowed, input) }
}

/** What the last input left behind, while it is measured. */
export let kept: unknown

function timed(target: FuzzTarget, input: Uint8Array): Reading & { readonly held: unknown } {
  const start = performance.now()
  try {
    const held = target.read(input)
    return { outcome: 'read', millis: performance.now() - start, fault: undefined, held }
  } catch (error) {
    const millis = performance.now() - start
    const isDeclared = error instanceof ProtocolError || error instanceof UnsupportedError
    const fault = isDeclared ? undefined : undeclared(error)
    return { outcome: errorCode(error), millis, fault, held: error }
  }
}

function undeclared(error: unknown): Fault {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const place = /\n\s+at .*?([\w.-]+\.ts:\d+)/.exec(stack)?.[1] ?? 'nowhere'
  const name = error instanceof Error ? error.name : typeof error
  return {
    kind: 'exception',
    message: stack === '' ? errorMessage(error) : stack,
    signature: `${name} ${errorCode(error)} at ${place}`,
  }
}

function tooMuch(kind: 'allocated' | 'retained', bytes: number, allowed: number, input: Uint8Array): Fault {
  return {
    kind,
    message: `${bytes} bytes ${kind} for an input of ${input.length}, ${allowed} are allowed`,
    signature: kind,
  }
}

function slowness(target: FuzzTarget, input: Uint8Array, millis: number): Fault | undefined {
  const allowed = SLOW_FIXED + SLOW_PER_BYTE * input.length
  let least = millis
  for (let i = 0; i < SLOW_REPEATS && least > allowed; i++)
    least = Math.min(least, timed(target, input).millis)
  if (least <= allowed) return undefined
  const message = `${least.toFixed(0)} ms for an input of ${input.length} bytes, ${allowed.toFixed(0)} are allowed`
  return { kind: 'slow', message, signature: 'slow' }
}
