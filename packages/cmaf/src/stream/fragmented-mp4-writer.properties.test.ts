import { concatBytes, ticks } from '@sluice/core'
import type { Packet } from '@sluice/media'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSync } from '../box/sample-flags.ts'
import { FragmentedMp4Reader } from '../reader/fragmented-mp4-reader.ts'
import { readFragments } from '../testing/fragments.ts'
import { AUDIO_TRACK, VIDEO_TRACK } from '../testing/tracks.ts'
import { FragmentedMp4Writer } from './fragmented-mp4-writer.ts'

/** What every composition time of video contains, and an edit list takes off. */
const VIDEO_DELAY = 90_000

/** Packets of both kinds with decode times that rise. */
const packets = fc
  .array(
    fc.record({
      kind: fc.constantFrom('video' as const, 'audio' as const),
      distance: fc.oneof(fc.integer({ min: 1, max: 9000 }), fc.constantFrom(1, 2 ** 31, 2 ** 32, 2 ** 43)),
      offset: fc.oneof(fc.nat(9000), fc.constantFrom(0, -720, -VIDEO_DELAY, 2 ** 30 - 1)),
      keyframe: fc.boolean(),
      data: fc.uint8Array({ maxLength: 20 }),
    }),
    { minLength: 1, maxLength: 20 },
  )
  .map((records) => {
    let dts = -1
    return records.map(({ kind, distance, offset, keyframe, data }): Packet => {
      dts += distance
      if (kind === 'audio') return { kind, dts: ticks(dts), pts: ticks(dts), keyframe: true, data }
      return { kind, dts: ticks(dts), pts: ticks(dts + offset), keyframe, data }
    })
  })

describe('FragmentedMp4Writer', () => {
  it('gives back every packet, in order and on its track, at its presentation time', () => {
    fc.assert(
      fc.property(packets, (given) => {
        const writer = new FragmentedMp4Writer({ video: VIDEO_TRACK, audio: AUDIO_TRACK })
        const stream = concatBytes([writer.header(), ...given.flatMap((each) => writer.packet(each))])
        const read = readFragments(stream).map(({ trackId, baseDecodeTime, samples }) => ({
          trackId,
          dts: baseDecodeTime,
          samples: samples.map(({ compositionOffset, flags, data }) => ({
            pts: baseDecodeTime + compositionOffset - (trackId === 1 ? VIDEO_DELAY : 0),
            keyframe: isSync(flags),
            data,
          })),
        }))
        expect(read).toEqual(
          given.map(({ kind, dts, pts, keyframe, data }) => ({
            trackId: kind === 'video' ? 1 : 2,
            dts,
            samples: [{ pts, keyframe, data }],
          })),
        )
      }),
    )
  })

  it('is read back by FragmentedMp4Reader, whatever the split, when there is only sound', () => {
    fc.assert(
      fc.property(packets, fc.integer({ min: 1, max: 700 }), (given, step) => {
        const sounds = given.filter(({ kind }) => kind === 'audio')
        const writer = new FragmentedMp4Writer({ audio: AUDIO_TRACK })
        const stream = concatBytes([writer.header(), ...sounds.flatMap((each) => writer.packet(each))])
        const reader = new FragmentedMp4Reader()
        for (let at = 0; at < stream.length; at += step) reader.receive(stream.subarray(at, at + step))
        expect(reader.events()).toEqual([
          { type: 'track', track: AUDIO_TRACK },
          ...sounds.map((each) => ({ type: 'packet', packet: each })),
        ])
        expect(reader.isComplete).toBe(true)
      }),
    )
  })
})
