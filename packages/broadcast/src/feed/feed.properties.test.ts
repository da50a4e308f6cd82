import { concatBytes, errorCode, millis, ticks } from '@sluice/core'
import { aacTrack, h264Track } from '@sluice/media'
import {
  AAC_CONFIGURATION,
  AAC_RECORD,
  AVC_CONFIGURATION,
  AVC_RECORD,
  aacFrame,
  avcFrame,
} from '@sluice/testkit'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { dataPayload } from '../data-payload.ts'
import type { StreamEntry, TracksEntry } from '../entry.ts'
import { FeedMark } from './feed-marks.ts'
import { FeedReader } from './feed-reader.ts'
import { FeedWriter } from './feed-writer.ts'

const parameters: fc.Parameters<unknown> = {
  ...(process.env.FC_SEED === undefined ? {} : { seed: Number(process.env.FC_SEED) }),
  ...(process.env.FC_RUNS === undefined ? {} : { numRuns: Number(process.env.FC_RUNS) }),
}

const TRACKS: TracksEntry = {
  type: 'tracks',
  video: { track: h264Track(AVC_RECORD), payload: AVC_CONFIGURATION },
  audio: { track: aacTrack(AAC_RECORD), payload: AAC_CONFIGURATION },
}

/** Around the places where 24 and 31 bits of a tag's time end. */
const time = fc
  .oneof(fc.nat(1_000_000), fc.constantFrom(0, 0xfffffe, 0xffffff, 0x1000000, 0x7ffffffe))
  .map(millis)
const entry: fc.Arbitrary<StreamEntry> = fc.oneof(
  fc.constant<StreamEntry>(TRACKS),
  fc
    .record({ number: fc.nat(), time, independent: fc.boolean(), discontinuity: fc.boolean() })
    .map((boundary): StreamEntry => ({ type: 'boundary', boundary })),
  fc
    .record({
      dts: time,
      offset: fc.integer({ min: -0x800000, max: 0x7fffff }),
      keyframe: fc.boolean(),
      size: fc.integer({ min: 1, max: 300 }),
      fill: fc.nat(255),
    })
    .map(({ dts, offset, keyframe, size, fill }): StreamEntry => {
      const payload = avcFrame(keyframe, size, fill)
      new DataView(payload.buffer).setUint32(1, (1 << 24) | (offset & 0xffffff))
      return { type: 'video', dts, pts: millis(dts + offset), keyframe, payload }
    }),
  fc
    // Mostly packets that go on from the last one, also those that do not.
    .record({
      time,
      at: fc.oneof(
        fc.nat(50).map((n) => n * 1024),
        fc.nat(),
      ),
      size: fc.integer({ min: 1, max: 50 }),
    })
    .map(
      ({ time: stated, at, size }): StreamEntry => ({
        type: 'audio',
        time: stated,
        at: ticks(at),
        payload: aacFrame(size),
      }),
    ),
)
/** Also names that marks have. */
const data: fc.Arbitrary<StreamEntry> = fc
  .record({
    time,
    name: fc.oneof(fc.string(), fc.constantFrom('onCuePoint', ...Object.values(FeedMark))),
    values: fc.array(fc.oneof(fc.string(), fc.double(), fc.uint8Array(), fc.constant(null)), {
      maxLength: 3,
    }),
  })
  .filter(({ name }) => name !== '@setDataFrame')
  .map(({ time: due, name, values }) => ({
    type: 'data',
    time: due,
    name,
    payload: dataPayload(name, values),
  }))
const FURTHER: StreamEntry = {
  type: 'further-tracks',
  tracks: [
    { trackId: 1, track: h264Track(AVC_RECORD), label: {} },
    { trackId: 1, track: aacTrack(AAC_RECORD), label: { language: 'de', name: 'Kommentar' } },
  ],
  defaultLabel: { name: 'Ton' },
}
const bytes = fc.uint8Array({ minLength: 1, maxLength: 50 })
const further: fc.Arbitrary<StreamEntry> = fc.oneof(
  fc.constant(FURTHER),
  fc
    .record({
      time,
      offset: fc.integer({ min: -0x800000, max: 0x7fffff }),
      keyframe: fc.boolean(),
      data: bytes,
    })
    .map(({ time: dts, offset, keyframe, data }): StreamEntry => {
      const packet = { dts: ticks(dts * 90), pts: ticks((dts + offset) * 90), keyframe, data }
      return { type: 'further', trackId: 1, time: dts, packet: { kind: 'video', ...packet } }
    }),
  fc
    .record({
      time,
      at: fc.oneof(
        fc.nat(50).map((n) => n * 1024),
        fc.nat(),
      ),
      data: bytes,
    })
    .map(({ time: stated, at, data }): StreamEntry => {
      const packet = { dts: ticks(at), pts: ticks(at), keyframe: true, data }
      return { type: 'further', trackId: 1, time: stated, packet: { kind: 'audio', ...packet } }
    }),
)
const entries = fc
  // A new run has no further tracks until they are announced.
  .tuple(
    fc.array(fc.oneof({ arbitrary: entry, weight: 4 }, { arbitrary: further, weight: 4 }, data), {
      maxLength: 30,
    }),
    fc.constantFrom('end' as const, 'moved' as const),
  )
  .map(([more, type]): StreamEntry[] => [
    TRACKS,
    FURTHER,
    ...more.flatMap((each): StreamEntry[] => (each.type === 'tracks' ? [each, FURTHER] : [each])),
    { type },
  ])

function written(all: readonly StreamEntry[]): Uint8Array {
  const writer = new FeedWriter()
  return concatBytes([writer.header(TRACKS), ...all.flatMap((each) => writer.entry(each))])
}

/** Reads bytes cut at these places. */
function read(bytes: Uint8Array, cuts: readonly number[] = []): StreamEntry[] {
  const reader = new FeedReader()
  const entriesRead: StreamEntry[] = []
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].toSorted((a, b) => a - b)
  let from = 0
  for (const to of [...places, bytes.length]) {
    reader.receive(bytes.subarray(from, to))
    entriesRead.push(...reader.entries())
    from = to
  }
  return entriesRead
}

/** `read`, or the code of what was thrown. */
function outcome(bytes: Uint8Array): string {
  try {
    read(bytes)
    return 'read'
  } catch (error) {
    return errorCode(error)
  }
}

it('every entry comes back as it went in', () => {
  fc.assert(
    fc.property(entries, (all) => {
      expect(read(written(all))).toEqual(all)
    }),
    parameters,
  )
})

it('any split of the bytes gives the same entries', () => {
  fc.assert(
    fc.property(entries, fc.array(fc.nat(), { maxLength: 20 }), (all, cuts) => {
      const bytes = written(all)
      expect(read(bytes, cuts)).toEqual(read(bytes))
    }),
    parameters,
  )
  const short = written([TRACKS, { type: 'end' }])
  expect(read(short, [...short.keys()])).toEqual(read(short))
})

it('a feed that is damaged gives entries or a declared error', () => {
  fc.assert(
    fc.property(entries, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 8 }), (all, at, damage) => {
      const bytes = written(all)
      bytes.set(damage.subarray(0, bytes.length - (at % bytes.length)), at % bytes.length)
      expect(outcome(bytes)).not.toBe('internal')
    }),
    parameters,
  )
})
