import fc from 'fast-check'
import { expect, it } from 'vitest'
import { bitsToBytes, se, u, ue, withEmulationPrevention } from '../testing/bit-text.ts'
import { parameters } from '../testing/fast-check.ts'
import { outcome } from '../testing/outcome.ts'
import { readHevcSequenceParameterSet } from './sequence-parameter-set.ts'

/** Distances of a reference picture set: earlier pictures and later ones, each with the nearest first. */
interface PictureSet {
  readonly s0: readonly number[]
  readonly s1: readonly number[]
}

interface Choices {
  readonly predicted: boolean
  readonly steps0: readonly number[]
  readonly steps1: readonly number[]
  readonly delta: number
  readonly flags: readonly boolean[]
}

const steps = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 4 })
const choices: fc.Arbitrary<Choices> = fc.record({
  predicted: fc.boolean(),
  steps0: steps,
  steps1: steps,
  delta: fc.integer({ min: -6, max: 6 }).filter((delta) => delta !== 0),
  flags: fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
})

function explicitSet({ steps0, steps1 }: Choices): { set: PictureSet; bits: string } {
  const sums = (sizes: readonly number[], sign: number): number[] =>
    sizes.map((_size, i) => sign * sizes.slice(0, i + 1).reduce((sum, size) => sum + size, 0))
  const spell = (sizes: readonly number[]): string => sizes.map((size) => `${ue(size - 1)}1`).join('')
  const bits = ue(steps0.length) + ue(steps1.length) + spell(steps0) + spell(steps1)
  return { set: { s0: sums(steps0, -1), s1: sums(steps1, 1) }, bits }
}

/** Equations 7-61 and 7-62 of ITU-T H.265, in their own words. */
function predictedSet(from: PictureSet, { delta, flags }: Choices): { set: PictureSet; bits: string } {
  const negative = from.s0.length
  const count = negative + from.s1.length
  let bits = `${delta < 0 ? '1' : '0'}${ue(Math.abs(delta) - 1)}`
  const use = Array.from({ length: count + 1 }, (_, j) => {
    const used = flags[2 * j] === true
    const kept = used || flags[2 * j + 1] === true
    bits += used ? '1' : `0${kept ? '1' : '0'}`
    return kept
  })
  const s0: number[] = []
  for (let j = from.s1.length - 1; j >= 0; j--) {
    const distance = (from.s1[j] ?? 0) + delta
    if (distance < 0 && use[negative + j] === true) s0.push(distance)
  }
  if (delta < 0 && use[count] === true) s0.push(delta)
  for (let j = 0; j < negative; j++) {
    const distance = (from.s0[j] ?? 0) + delta
    if (distance < 0 && use[j] === true) s0.push(distance)
  }
  const s1: number[] = []
  for (let j = negative - 1; j >= 0; j--) {
    const distance = (from.s0[j] ?? 0) + delta
    if (distance > 0 && use[j] === true) s1.push(distance)
  }
  if (delta > 0 && use[count] === true) s1.push(delta)
  for (let j = 0; j < from.s1.length; j++) {
    const distance = (from.s1[j] ?? 0) + delta
    if (distance > 0 && use[negative + j] === true) s1.push(distance)
  }
  return { set: { s0, s1 }, bits }
}

function spellPictureSets(all: readonly Choices[]): string {
  let bits = ue(all.length)
  let previous: PictureSet | undefined
  for (const one of all) {
    const flag = previous === undefined ? '' : one.predicted ? '1' : '0'
    const { set, bits: body } =
      previous !== undefined && one.predicted ? predictedSet(previous, one) : explicitSet(one)
    bits += flag + body
    previous = set
  }
  return bits
}

function spellScalingLists(lists: readonly number[]): string {
  let bits = '11'
  for (let size = 0; size < 4; size++) {
    for (let matrix = 0; matrix < (size === 3 ? 2 : 6); matrix++) {
      const value = lists[6 * size + matrix] ?? 0
      const coefficients = Math.min(64, 4 ** (size + 2))
      bits += value < 0 ? `0${ue(-value)}` : `1${size > 1 ? se(value) : ''}${se(value).repeat(coefficients)}`
    }
  }
  return bits
}

const GENERAL = `${u(8, 1)}${u(32, 0x60000000)}${u(8, 0xb0)}${'0'.repeat(40)}${u(8, 93)}`

it('reads an SPS to its end, whatever it holds', () => {
  const sps = fc.record({
    subLayers: fc.array(fc.record({ profile: fc.boolean(), level: fc.boolean() }), { maxLength: 6 }),
    chromaFormat: fc.integer({ min: 0, max: 3 }),
    width: fc.integer({ min: 64, max: 8192 }),
    height: fc.integer({ min: 64, max: 8192 }),
    crop: fc.option(fc.tuple(...Array.from({ length: 4 }, () => fc.nat(7))), { nil: undefined }),
    depth: fc.nat(8),
    ordering: fc.boolean(),
    scaling: fc.option(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 20, maxLength: 20 }), {
      nil: undefined,
    }),
    pcm: fc.boolean(),
    pictureSets: fc.array(choices, { maxLength: 12 }),
    longTerm: fc.option(fc.nat(32), { nil: undefined }),
    window: fc.boolean(),
    fields: fc.boolean(),
    timing: fc.option(fc.integer({ min: 1, max: 0xffffffff }), { nil: undefined }),
  })
  fc.assert(
    fc.property(sps, (value) => {
      const layers = value.subLayers.length
      const flags = value.subLayers.map(({ profile, level }) => `${Number(profile)}${Number(level)}`).join('')
      const bodies = value.subLayers
        .map(({ profile, level }) => '1'.repeat((profile ? 88 : 0) + (level ? 8 : 0)))
        .join('')
      const crop = value.crop ?? []
      const bits = [
        `0000${u(3, layers)}1${GENERAL}`,
        layers === 0 ? '' : flags.padEnd(16, '0') + bodies,
        ue(0) + ue(value.chromaFormat) + (value.chromaFormat === 3 ? '0' : ''),
        ue(value.width) + ue(value.height),
        value.crop === undefined ? '0' : `1${crop.map(ue).join('')}`,
        ue(value.depth) + ue(value.depth) + ue(4),
        (value.ordering ? '1' : '0') + ue(4).repeat(3 * (value.ordering ? layers + 1 : 1)),
        ue(0) + ue(3) + ue(0) + ue(3) + ue(1) + ue(1),
        value.scaling === undefined ? '0' : spellScalingLists(value.scaling),
        `11${value.pcm ? `1${u(8, 0x77)}${ue(0)}${ue(2)}1` : '0'}`,
        spellPictureSets(value.pictureSets),
        value.longTerm === undefined ? '0' : `1${ue(value.longTerm)}${`${u(8, 3)}1`.repeat(value.longTerm)}`,
        '11',
        `1 1${u(8, 255)}${u(16, 59)}${u(16, 54)} 0 0 0 0${value.fields ? '1' : '0'}0`,
        value.window ? `1${ue(1).repeat(4)}` : '0',
        value.timing === undefined ? '0' : `1${u(32, value.timing)}${u(32, 0xffffffff)}`,
        '1',
      ].join('')
      const nalUnit = Uint8Array.from([0x42, 0x01, ...withEmulationPrevention(bitsToBytes(bits))])
      const [unitX, unitY] = [[1, 1] as const, [2, 2] as const, [2, 1] as const, [1, 1] as const][
        value.chromaFormat
      ] ?? [1, 1]
      const [left = 0, right = 0, top = 0, bottom = 0] = crop
      expect(readHevcSequenceParameterSet(nalUnit)).toMatchObject({
        chromaFormat: value.chromaFormat,
        bitDepthLuma: value.depth + 8,
        width: value.width - (left + right) * unitX,
        height: value.height - (top + bottom) * unitY,
        vui: {
          sampleAspectRatio: [59, 54],
          fields: value.fields,
          timing:
            value.timing === undefined ? undefined : { numUnitsInTick: value.timing, timeScale: 0xffffffff },
        },
      })
    }),
    parameters,
  )
})

it('turns an arbitrary SPS into values or a declared error', () => {
  const start = bitsToBytes(`0000${u(3, 0)}1${GENERAL}`)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (tail) => {
      const nalUnit = Uint8Array.from([0x42, 0x01, ...start, ...tail])
      expect(outcome(() => readHevcSequenceParameterSet(nalUnit))).toMatch(/^(read|media\.hevc\.\w+)$/)
    }),
    parameters,
  )
})
