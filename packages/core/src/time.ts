import { StateError } from './errors.ts'

/** Milliseconds on a broadcast's media timeline: 0 is the first frame. Always an integer. */
export type Millis = number & { readonly __unit: 'Millis' }

/** Milliseconds since the Unix epoch. */
export type EpochMillis = number & { readonly __unit: 'EpochMillis' }

/** A count of 1/timescale seconds; always written beside its timescale. Always a safe integer. */
export type Ticks = number & { readonly __unit: 'Ticks' }

/** Ticks per second. */
export type Timescale = number & { readonly __unit: 'Timescale' }

function integer(value: number, unit: string): number {
  if (!Number.isSafeInteger(value))
    throw new StateError('core.time.not_integer', `${value} is no whole number of ${unit}`)
  return value
}

export function millis(value: number): Millis {
  return integer(value, 'milliseconds') as Millis
}

export function epochMillis(value: number): EpochMillis {
  return integer(value, 'milliseconds') as EpochMillis
}

export function ticks(value: number): Ticks {
  return integer(value, 'ticks') as Ticks
}

export function timescale(value: number): Timescale {
  if (value <= 0)
    throw new StateError('core.time.bad_timescale', `a timescale must be positive, not ${value}`)
  return integer(value, 'ticks per second') as Timescale
}

/** Milliseconds as a timescale. */
export const MILLISECONDS: Timescale = timescale(1000)

/** The timescale of every video track here: whole milliseconds are whole ticks in it. */
export const VIDEO_TIMESCALE: Timescale = timescale(90_000)

/**
 * Converts between timescales, exactly, rounding halves up (towards positive infinity).
 * Falls back to bigint only when a product or sum leaves the safe integers.
 */
export function rescale(value: number, from: Timescale, to: Timescale): Ticks {
  if (from === to) return value as Ticks
  const doubled = 2 * value * to
  if (Number.isSafeInteger(doubled) && Number.isSafeInteger(doubled + from))
    return Math.floor((doubled + from) / (2 * from)) as Ticks
  const numerator = 2n * BigInt(value) * BigInt(to) + BigInt(from)
  const denominator = 2n * BigInt(from)
  const quotient = numerator / denominator
  const floor = numerator % denominator < 0n ? quotient - 1n : quotient
  return Number(floor) as Ticks
}

/** Media milliseconds as ticks of `to`. */
export function millisToTicks(value: Millis, to: Timescale): Ticks {
  return rescale(value, MILLISECONDS, to)
}

/** Ticks of `from` as media milliseconds, rounded. */
export function ticksToMillis(value: Ticks, from: Timescale): Millis {
  return rescale(value, from, MILLISECONDS) as number as Millis
}
