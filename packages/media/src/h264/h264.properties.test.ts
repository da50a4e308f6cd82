import fc from 'fast-check'
import { expect, it } from 'vitest'
import { withEmulationPrevention } from '../testing/bit-text.ts'
import { parameters } from '../testing/fast-check.ts'
import { outcome } from '../testing/outcome.ts'
import type { VideoTrack } from '../track.ts'
import {
  readAvcDecoderConfigurationRecord,
  writeAvcDecoderConfigurationRecord,
} from './avc-decoder-configuration-record.ts'
import { h264Track } from './h264-track.ts'
import { type NalLengthSize, nalUnits, rawByteSequencePayload } from './nal-unit.ts'
import { withRecoveryPoint } from './recovery-point.ts'
import { readSequenceParameterSet } from './sequence-parameter-set.ts'

const nalLengthSize = fc.constantFrom<NalLengthSize>(1, 2, 4)
const nalUnit = fc.uint8Array({ minLength: 1, maxLength: 40 })
const set = fc.uint8Array({ maxLength: 300 })

const READ_OR_REFUSED = /^(read|media\.h264\.\w+)$/

it('reads back the record it wrote', () => {
  const plain = { noNullPrototype: true }
  const extension = fc.record(
    {
      chromaFormat: fc.integer({ min: 0, max: 3 }),
      bitDepthLuma: fc.integer({ min: 8, max: 15 }),
      bitDepthChroma: fc.integer({ min: 8, max: 15 }),
      sequenceParameterSetExtensions: fc.array(set, { maxLength: 3 }),
    },
    plain,
  )
  const record = fc.record(
    {
      profile: fc.constantFrom(66, 77, 100, 244),
      profileCompatibility: fc.nat(255),
      level: fc.nat(255),
      nalLengthSize,
      sequenceParameterSets: fc.array(set, { maxLength: 31 }),
      pictureParameterSets: fc.array(set, { maxLength: 32 }),
      highProfileExtension: fc.option(extension, { nil: undefined }),
    },
    plain,
  )
  fc.assert(
    fc.property(record, (value) => {
      const legal = value.profile < 100 ? { ...value, highProfileExtension: undefined } : value
      const bytes = writeAvcDecoderConfigurationRecord(legal)
      expect(readAvcDecoderConfigurationRecord(bytes)).toStrictEqual(legal)
    }),
    parameters,
  )
})

it('turns arbitrary bytes into a track or a declared error', () => {
  const damaged = fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.constantFrom(66, 77, 100, 244))
    .map(([tail, profile]) => {
      const sps = [0x67, profile, 0, 30, ...tail]
      return Uint8Array.from([1, profile, 0, 30, 0xff, 0xe1, 0, sps.length, ...sps, 1, 0, 1, 0x68])
    })
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), damaged), (bytes) => {
      expect(outcome(() => checkTrack(h264Track(bytes)))).toMatch(READ_OR_REFUSED)
    }),
    parameters,
  )
})

it('turns an arbitrary SPS into values or a declared error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const nalUnit = Uint8Array.from([0x67, 100, 0, 30, ...bytes])
      expect(outcome(() => readSequenceParameterSet(nalUnit))).toMatch(READ_OR_REFUSED)
    }),
    parameters,
  )
})

it('finds the NAL units that were joined', () => {
  fc.assert(
    fc.property(nalLengthSize, fc.array(nalUnit), (size, units) => {
      expect([...nalUnits(join(units, size), size)]).toStrictEqual(units)
    }),
    parameters,
  )
})

it('adds one SEI and keeps every other NAL unit in order', () => {
  fc.assert(
    fc.property(nalLengthSize, fc.array(nalUnit), (size, units) => {
      const firstSlice = units.findIndex((unit) => [1, 2, 3, 4, 5, 14].includes((unit[0] ?? 0) & 0x1f))
      const sei = Uint8Array.of(0x06, 0x06, 0x01, 0x84, 0x80)
      const expected = firstSlice < 0 ? units : units.toSpliced(firstSlice, 0, sei)
      expect([...nalUnits(withRecoveryPoint(join(units, size), size), size)]).toStrictEqual(expected)
    }),
    parameters,
  )
})

it('walks arbitrary bytes or refuses them', () => {
  fc.assert(
    fc.property(nalLengthSize, fc.uint8Array({ maxLength: 64 }), (size, bytes) => {
      expect(outcome(() => [...nalUnits(bytes, size)])).toMatch(READ_OR_REFUSED)
      expect(outcome(() => withRecoveryPoint(bytes, size))).toMatch(READ_OR_REFUSED)
    }),
    parameters,
  )
})

it('takes emulation prevention out again', () => {
  const payload = fc.array(fc.constantFrom(0, 0, 0, 1, 2, 3, 4), { maxLength: 40 })
  fc.assert(
    fc.property(payload, (bytes) => {
      expect([
        ...rawByteSequencePayload(Uint8Array.from([0x67, ...withEmulationPrevention(bytes)])),
      ]).toStrictEqual(bytes)
    }),
    parameters,
  )
})

/** Throws for a track no decoder could use: a fault of ours, not of the bytes. */
function checkTrack(track: VideoTrack): void {
  const sizes = [track.width, track.height]
  if (!sizes.every((side) => side > 0 && side <= 16_880)) throw new Error(`size ${sizes.join('x')}`)
  if (!/^avc1\.[0-9a-f]{6}$/.test(track.codecString)) throw new Error(`codec string ${track.codecString}`)
  if (!((track.frameRate ?? 1) > 0)) throw new Error(`frame rate ${track.frameRate}`)
}

function join(units: readonly Uint8Array[], size: NalLengthSize): Uint8Array {
  const bytes: number[] = []
  for (const unit of units) {
    for (let i = size - 1; i >= 0; i--) bytes.push(i > 1 ? 0 : (unit.length >> (8 * i)) & 0xff)
    bytes.push(...unit)
  }
  return Uint8Array.from(bytes)
}
