import type { Random } from './random.ts'

/** What a mutation knows beside the bytes it changes. */
interface Context {
  readonly random: Random
  /** Other inputs, to take parts from. */
  readonly seeds: readonly Uint8Array[]
}

/** Changes bytes in place, or gives new ones. */
type Mutation = (bytes: Uint8Array, context: Context) => Uint8Array

/** Where sizes, signs and counters end, and values that formats give a meaning. */
const INTERESTING = [
  0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 63, 64, 65, 100, 127, 128, 129, 255, 256, 257, 319, 320, 512,
  1000, 1024, 4095, 4096, 32_767, 32_768, 65_535, 65_536, 65_599, 65_600, 0x7fffff, 0x800000, 0xfffffe,
  0xffffff, 0x1000000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
]
/** Bits that a length field of this many bytes can hold. */
const WIDTHS = [1, 2, 3, 4] as const
/** Changes made to one seed: mostly one or two, which leave most of it as it was. */
const MOST_CHANGES = 6

/**
 * Makes an input from seeds: mostly a seed with a few changes, sometimes bytes of no origin. Numbers decide everything:
 * the same `random` and seeds give the same bytes.
 *
 * @param seeds - at least one; never written to.
 * @param mostBytes - the input is cut there.
 * @returns bytes of its own.
 */
export function mutate(seeds: readonly Uint8Array[], mostBytes: number, random: Random): Uint8Array {
  if (random.oneIn(256)) return random.bytes(random.below(64))
  const context = { random, seeds }
  // No `slice`: that of a Buffer is a view.
  let bytes: Uint8Array = new Uint8Array(random.pick(seeds))
  for (let left = 1 + random.below(1 + random.below(MOST_CHANGES)); left > 0; left--) {
    bytes = random.pick(MUTATIONS)(bytes, context)
    if (bytes.length > mostBytes) bytes = bytes.slice(0, mostBytes)
  }
  return bytes
}

const flipBits: Mutation = (bytes, { random }) => {
  for (let left = 1 + random.below(4); left > 0; left--)
    put(bytes, place(bytes, random), 1 << random.below(8))
  return bytes

  function put(into: Uint8Array, at: number, bits: number): void {
    into[at] = (into[at] ?? 0) ^ bits
  }
}

const setByte: Mutation = (bytes, { random }) => {
  bytes[place(bytes, random)] = random.below(256)
  return bytes
}

/** Fills a stretch with one value. */
const fill: Mutation = (bytes, { random }) => {
  const { from, to } = stretch(bytes, random)
  return bytes.fill(random.pick([0, 0xff, 0x7f, 0x80, random.below(256)]), from, to)
}

const interesting: Mutation = (bytes, { random }) => {
  const width = random.pick([1, 2, 3, 4, 8] as const)
  const at = place(bytes, random)
  const value = random.pick(INTERESTING)
  const isLittle = random.oneIn(4)
  for (let i = 0; i < width && at + i < bytes.length; i++) {
    const shift = isLittle ? i : width - 1 - i
    bytes[at + i] = Math.floor(value / 2 ** (8 * shift)) & 0xff
  }
  return bytes
}

/** Takes what stands somewhere for a big-endian length, and makes it a little or a lot wrong. */
const tweakLength: Mutation = (bytes, { random }) => {
  const width = random.pick(WIDTHS)
  const at = place(bytes, random)
  if (at + width > bytes.length) return bytes
  let length = 0
  for (let i = 0; i < width; i++) length = length * 256 + (bytes[at + i] ?? 0)
  const left = bytes.length - at - width
  let tweaked = random.pick([
    length + 1,
    length - 1,
    length + random.below(16),
    length - random.below(16),
    length * 2,
    Math.floor(length / 2),
    left,
    left + 1,
    left - 1,
  ])
  for (let i = width - 1; i >= 0; i--) {
    bytes[at + i] = tweaked & 0xff
    tweaked = Math.floor(tweaked / 256)
  }
  return bytes
}

const truncate: Mutation = (bytes, { random }) => bytes.slice(0, place(bytes, random))

const remove: Mutation = (bytes, { random }) => {
  const { from, to } = stretch(bytes, random)
  return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)])
}

const duplicate: Mutation = (bytes, { random }) => {
  const { from, to } = stretch(bytes, random)
  const copies = Array.from({ length: 1 + random.below(random.oneIn(8) ? 64 : 3) }, () =>
    bytes.subarray(from, to),
  )
  return Buffer.concat([bytes.subarray(0, to), ...copies, bytes.subarray(to)])
}

const insert: Mutation = (bytes, { random }) => {
  const at = place(bytes, random)
  return Buffer.concat([bytes.subarray(0, at), random.bytes(1 + random.below(16)), bytes.subarray(at)])
}

/** Puts a part of another seed in place of a part of this one. */
const splice: Mutation = (bytes, { random, seeds }) => {
  const other = random.pick(seeds)
  const { from, to } = stretch(bytes, random)
  const taken = stretch(other, random)
  return Buffer.concat([bytes.subarray(0, from), other.subarray(taken.from, taken.to), bytes.subarray(to)])
}

/** Goes on as another seed does. */
const cross: Mutation = (bytes, { random, seeds }) => {
  const other = random.pick(seeds)
  return Buffer.concat([bytes.subarray(0, place(bytes, random)), other.subarray(place(other, random))])
}

const MUTATIONS: readonly Mutation[] = [
  flipBits,
  flipBits,
  setByte,
  setByte,
  fill,
  interesting,
  interesting,
  tweakLength,
  tweakLength,
  truncate,
  remove,
  duplicate,
  insert,
  splice,
  cross,
]

/** An index: most of them anywhere, a quarter near the beginning, where formats have their headers. */
function place(bytes: Uint8Array, random: Random): number {
  if (!random.oneIn(4)) return random.below(Math.max(bytes.length, 1))
  const octaves = Math.ceil(Math.log2(bytes.length + 1))
  return random.below(Math.min(2 ** random.below(octaves + 1), Math.max(bytes.length, 1)))
}

/** A stretch of bytes, mostly short. */
function stretch(bytes: Uint8Array, random: Random): { readonly from: number; readonly to: number } {
  const from = place(bytes, random)
  const most = random.oneIn(4) ? bytes.length - from : 32
  return { from, to: Math.min(from + 1 + random.below(Math.max(most, 1)), bytes.length) }
}
