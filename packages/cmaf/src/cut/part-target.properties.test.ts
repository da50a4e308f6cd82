import { type Millis, millis, type Ticks, ticks } from '@sluice/core'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { AUDIO_TRACK, VIDEO_TRACK } from '../testing/tracks.ts'
import { AudioCutter } from './audio-cutter.ts'
import type { CutEvent } from './cut-event.ts'
import { partTargetOf } from './part-target.ts'
import { VideoCutter } from './video-cutter.ts'

/** Frames a second. */
const FRAME_RATES = [24_000 / 1001, 24, 25, 30_000 / 1001, 30, 48, 50, 60_000 / 1001, 60]
const SAMPLE_RATES = [44_100, 48_000]
const SAMPLES_PER_PACKET = 1024
const SECONDS = 20
const SEGMENT_SECONDS = 2
const LEAST_FULL = 0.85
/** Times of a publisher are whole milliseconds: a part of them is up to one longer or shorter. */
const ROUNDING = 1

/** Durations in milliseconds of all parts but the last of each segment. */
function inner(events: readonly CutEvent[], timescale: number): readonly number[] {
  return events.flatMap((event) =>
    event.type === 'part' && !event.last ? [(event.duration * 1000) / timescale] : [],
  )
}

/** Video of constant rate from a publisher whose times are whole milliseconds, or from an encoder whose times are exact. */
function video(rate: number, target: Millis, times: 'rounded' | 'exact'): readonly number[] {
  const { timescale } = VIDEO_TRACK
  const cutter = new VideoCutter({ track: { ...VIDEO_TRACK, frameRate: rate }, partTarget: target })
  const every = Math.round(SEGMENT_SECONDS * rate)
  const at = (frame: number): Ticks =>
    times === 'exact'
      ? ticks(Math.round((frame * timescale) / rate))
      : ticks((Math.round((frame * 1000) / rate) * timescale) / 1000)
  for (let frame = 0; frame < SECONDS * rate; frame++) {
    if (frame % every === 0) {
      const number = frame / every
      const boundary = {
        number,
        time: millis(Math.round((frame * 1000) / rate)),
        independent: true,
        discontinuity: false,
      }
      cutter.boundary(boundary, 'next-packet')
    }
    const dts = at(frame)
    cutter.packet({
      kind: 'video',
      dts,
      pts: dts,
      keyframe: frame % every === 0,
      data: Uint8Array.of(frame & 0xff),
    })
  }
  cutter.end()
  return inner(cutter.events(), timescale)
}

function audio(rate: number, target: Millis): readonly number[] {
  const track = { ...AUDIO_TRACK, timescale: rate as typeof AUDIO_TRACK.timescale, sampleRate: rate }
  const cutter = new AudioCutter({ track, partTarget: target })
  for (let number = 0; number * SEGMENT_SECONDS < SECONDS; number++)
    cutter.boundary({
      ...{ number, independent: true, discontinuity: false },
      time: millis(number * SEGMENT_SECONDS * 1000),
    })
  cutter.horizon(millis(SECONDS * 1000))
  for (let packet = 0; packet * SAMPLES_PER_PACKET < SECONDS * rate; packet++) {
    const dts = ticks(packet * SAMPLES_PER_PACKET)
    cutter.packet({ kind: 'audio', dts, pts: dts, keyframe: true, data: Uint8Array.of(packet & 0xff) })
  }
  cutter.end()
  return inner(cutter.events(), rate)
}

/** The fullest that a part of whole frames can be, in milliseconds. */
function fullest(frame: number, target: number): number {
  return Math.floor(target / frame + 1e-9) * frame
}

describe('parts of any target are as full as whole frames allow', () => {
  const nominal = fc.integer({ min: 100, max: 1000 }).map(millis)

  function faults(durations: readonly number[], frame: number, target: Millis): readonly string[] {
    const least = Math.min(LEAST_FULL * target, fullest(frame, target - ROUNDING)) - ROUNDING
    const wrong = durations.filter((each) => each > target + 1e-6 || each < least - 1e-6)
    const parts = wrong.map((each) => `a part of ${each} ms, at least ${least} and at most ${target}`)
    return durations.length < SECONDS / SEGMENT_SECONDS ? [...parts, `${durations.length} parts`] : parts
  }

  it.each(FRAME_RATES)('%f frames a second', (rate) => {
    fc.assert(
      fc.property(nominal, fc.constantFrom('rounded' as const, 'exact' as const), (wanted, times) => {
        const target = partTargetOf(wanted)
        expect(faults(video(rate, target, times), 1000 / rate, target)).toEqual([])
      }),
      { numRuns: 40 },
    )
  })

  it.each(SAMPLE_RATES)('AAC at %d Hz', (rate) => {
    fc.assert(
      fc.property(nominal, (wanted) => {
        const target = partTargetOf(wanted)
        const frame = (SAMPLES_PER_PACKET * 1000) / rate
        expect(faults(audio(rate, target), frame, target)).toEqual([])
      }),
      { numRuns: 40 },
    )
  })
})

/** Targets that operators are likely to set, and the frame and sample rates whose frames are too long for 85 % of them. */
test.each<[number, readonly number[]]>([
  [100, [24_000 / 1001, 24, 25, 48, 48_000]],
  [125, [30_000 / 1001, 30, 48_000]],
  [200, [24_000 / 1001, 24]],
  [250, []],
  [333, []],
  [500, []],
  [1000, []],
])('parts of %d ms are full enough at every usual rate but %j', (nominal, short) => {
  const target = partTargetOf(millis(nominal))
  const tooShort = (durations: readonly number[]): boolean => Math.min(...durations) < LEAST_FULL * target
  const found = [
    ...FRAME_RATES.filter((rate) =>
      tooShort([...video(rate, target, 'rounded'), ...video(rate, target, 'exact')]),
    ),
    ...SAMPLE_RATES.filter((rate) => tooShort(audio(rate, target))),
  ]
  expect(found).toEqual(short)
})
