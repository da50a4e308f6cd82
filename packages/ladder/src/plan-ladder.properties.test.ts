import type { VideoTrack } from '@sluice/media'
import { displaySize } from '@sluice/media'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BUILT_IN_PROFILES } from './built-in-profiles.ts'
import { shorterSide } from './geometry.ts'
import { planLadder } from './plan-ladder.ts'
import { PRESETS, type Profile, readProfile } from './profile.ts'
import { videoTrack } from './testing/tracks.ts'

const anyVideo: fc.Arbitrary<VideoTrack> = fc
  .record({
    codec: fc.constantFrom('h264' as const, 'vp8' as const),
    width: fc.integer({ min: 64, max: 4096 }),
    height: fc.integer({ min: 64, max: 4096 }),
    pixelAspectRatio: fc.constantFrom(
      [1, 1] as const,
      [64, 45] as const,
      [4, 3] as const,
      [10, 11] as const,
      [0, 0] as const,
    ),
    frameRate: fc.option(fc.double({ min: 1, max: 120, noNaN: true }), { nil: undefined }),
  })
  .map(({ width, height, ...more }) => videoTrack(width, height, more))

const profile: fc.Arbitrary<Profile> = fc
  .uniqueArray(fc.integer({ min: 72, max: 1080 }), { minLength: 1, maxLength: 8 })
  .chain((halves) =>
    fc.record({
      name: fc.constant('test'),
      kind: fc.constant('ladder' as const),
      rungs: fc.tuple(
        ...halves.map((half) =>
          fc.record({
            name: fc.constant(`${2 * half}p`),
            height: fc.constant(2 * half),
            maxFrameRate: fc.constantFrom(24, 30, 60),
            codec: fc.constant('h264' as const),
            bitrate: fc.integer({ min: 100_000, max: 20_000_000 }),
            preset: fc.constantFrom(...PRESETS),
          }),
        ),
      ),
      audio: fc.constant(BUILT_IN_PROFILES.default.audio),
    }),
  )

test('every plan: never upscaled, even, in aspect, in order, within its level', () => {
  fc.assert(
    fc.property(anyVideo, profile, (video, wanted) => {
      const seen = displaySize(video)
      const { rungs, cost } = planLadder({ video, audio: undefined }, readProfile(wanted))
      for (const rung of rungs) {
        expect(rung.width % 2).toBe(0)
        expect(rung.height % 2).toBe(0)
        expect(rung.width).toBeLessThanOrEqual(seen.width)
        expect(rung.height).toBeLessThanOrEqual(seen.height)
        // One pixel of rounding on either side, which is within 1 % from 200 lines up.
        const aspect = rung.width / rung.height / (seen.width / seen.height)
        expect(Math.abs(aspect - 1)).toBeLessThanOrEqual(Math.max(0.01, 4 / shorterSide(rung)))
        expect(rung.maxrate).toBeGreaterThanOrEqual(rung.bitrate)
        expect(rung.codecString).toBe(
          `avc1.${rung.profile === 'high' ? '6400' : '42c0'}${rung.level.toString(16).padStart(2, '0')}`,
        )
        const before = video.frameRate ?? rung.maxFrameRate ?? 0
        expect(rung.frameRate ?? 0).toBeLessThanOrEqual(before)
      }
      const lines = rungs.map(shorterSide)
      expect(lines).toEqual(lines.toSorted((a, b) => b - a))
      expect(new Set(lines).size).toBe(lines.length)
      expect(cost).toBeCloseTo(rungs.reduce((sum, rung) => sum + rung.cost, 0))
    }),
  )
})

test('built-in rungs of usual sources keep the aspect within 1 %', () => {
  fc.assert(
    fc.property(fc.integer({ min: 362, max: 4096 }), fc.integer({ min: 362, max: 4096 }), (width, height) => {
      const video = videoTrack(width, height)
      const { rungs } = planLadder({ video, audio: undefined }, BUILT_IN_PROFILES.default)
      expect(rungs.length).toBeGreaterThan(0)
      for (const rung of rungs)
        expect(Math.abs(rung.width / rung.height / (width / height) - 1)).toBeLessThanOrEqual(0.01)
    }),
  )
})
