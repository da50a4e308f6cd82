import { concatBytes, ticks } from '@sluice/core'
import type { Packet } from '@sluice/media'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSync } from '../box/sample-flags.ts'
import { FragmentedMp4Reader } from '../reader/fragmented-mp4-reader.ts'
import { readFragments } from '../testing/fragments.ts'
import { AUDIO_TRACK, VIDEO_TRACK } from '../testing/tracks.ts'
import { FragmentedMp4Writer } from './fragmented-mp4-writer.ts'

const packet = fc
  .record({
    kind: fc.constantFrom('video' as const, 'audio' as const),
    dts: fc.oneof(fc.nat(10), fc.nat(2 ** 31), fc.constantFrom(2 ** 32 - 1, 2 ** 32, 2 ** 48)),
    offset: fc.oneof(fc.nat(9000), fc.constantFrom(0, -720, 2 ** 31 - 1, 1 - 2 ** 31)),
    keyframe: fc.boolean(),
    data: fc.uint8Array({ maxLength: 20 }),
  })
  .map(
    ({ kind, dts, offset, keyframe, data }): Packet => ({
      kind,
      dts: ticks(dts),
      pts: ticks(dts + offset),
      keyframe,
      data,
    }),
  )

describe('FragmentedMp4Writer', () => {
  it('gives back every packet, in order and on its track', () => {
    fc.assert(
      fc.property(fc.array(packet, { minLength: 1, maxLength: 20 }), (packets) => {
        const writer = new FragmentedMp4Writer({ video: VIDEO_TRACK, audio: AUDIO_TRACK })
        const stream = concatBytes([writer.header(), ...packets.flatMap((each) => writer.packet(each))])
        const read = readFragments(stream).map(({ trackId, baseDecodeTime, samples }) => ({
          trackId,
          baseDecodeTime,
          samples: samples.map(({ compositionOffset, flags, data }) => ({
            compositionOffset,
            keyframe: isSync(flags),
            data,
          })),
        }))
        expect(read).toEqual(
          packets.map(({ kind, dts, pts, keyframe, data }) => ({
            trackId: kind === 'video' ? 1 : 2,
            baseDecodeTime: dts,
            samples: [{ compositionOffset: pts - dts, keyframe, data }],
          })),
        )
      }),
    )
  })

  it('is read back by FragmentedMp4Reader, whatever the split, when there is one track', () => {
    const sounds = fc.array(packet, { minLength: 1, maxLength: 10 })
    fc.assert(
      fc.property(sounds, fc.integer({ min: 1, max: 700 }), (packets, step) => {
        const given = packets.map((each): Packet => ({ ...each, kind: 'audio', keyframe: true }))
        const writer = new FragmentedMp4Writer({ audio: AUDIO_TRACK })
        const stream = concatBytes([writer.header(), ...given.flatMap((each) => writer.packet(each))])
        const reader = new FragmentedMp4Reader()
        for (let at = 0; at < stream.length; at += step) reader.receive(stream.subarray(at, at + step))
        expect(reader.events()).toEqual([
          { type: 'track', track: AUDIO_TRACK },
          ...given.map((each) => ({ type: 'packet', packet: each })),
        ])
        expect(reader.isComplete).toBe(true)
      }),
    )
  })
})
