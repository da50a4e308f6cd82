import { describe, expect, it } from 'vitest'
import {
  epochMillis,
  MILLISECONDS,
  millis,
  millisToTicks,
  rescale,
  ticks,
  ticksToMillis,
  timescale,
  VIDEO_TIMESCALE,
} from './time.ts'

const AUDIO = timescale(44_100)

describe('units', () => {
  it.each([
    ['millis', millis],
    ['epochMillis', epochMillis],
    ['ticks', ticks],
  ])('%s are safe integers and nothing else', (_, make) => {
    expect(make(-5)).toBe(-5)
    expect(make(Number.MAX_SAFE_INTEGER)).toBe(Number.MAX_SAFE_INTEGER)
    for (const wrong of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])
      expect(() => make(wrong)).toThrow(expect.objectContaining({ code: 'core.time.not_integer' }))
  })

  it('timescales are positive', () => {
    expect(timescale(90_000)).toBe(VIDEO_TIMESCALE)
    for (const wrong of [0, -1])
      expect(() => timescale(wrong)).toThrow(expect.objectContaining({ code: 'core.time.bad_timescale' }))
    expect(() => timescale(29.97)).toThrow(expect.objectContaining({ code: 'core.time.not_integer' }))
  })
})

describe('rescaling', () => {
  it.each([
    [0, MILLISECONDS, AUDIO, 0],
    [1000, MILLISECONDS, AUDIO, 44_100],
    [40, MILLISECONDS, VIDEO_TIMESCALE, 3600],
    // 1024 samples are 23.219… ms, 2048 are 46.439….
    [1024, AUDIO, MILLISECONDS, 23],
    [2048, AUDIO, MILLISECONDS, 46],
    [-1024, AUDIO, MILLISECONDS, -23],
    // Halves go up, also below zero: 1/2 → 1, -1/2 → 0, -3/2 → -1.
    [1, timescale(2), timescale(1), 1],
    [-1, timescale(2), timescale(1), 0],
    [-3, timescale(2), timescale(1), -1],
    // A sum just beyond the safe integers, then products.
    [4_503_599_627_370_493, timescale(9), timescale(1), 500_399_958_596_721],
    [Number.MAX_SAFE_INTEGER, VIDEO_TIMESCALE, MILLISECONDS, 100_079_991_719_344],
    [-Number.MAX_SAFE_INTEGER, VIDEO_TIMESCALE, MILLISECONDS, -100_079_991_719_344],
    [2 ** 40, MILLISECONDS, VIDEO_TIMESCALE, 90 * 2 ** 40],
  ])('%d of %d is so much of %d: %d', (value, from, to, expected) => {
    expect(rescale(value, from, to)).toBe(expected)
  })

  it('of whole milliseconds into video ticks and back loses nothing', () => {
    for (const value of [0, 1, 33, 16_777_215, 2 ** 32])
      expect(ticksToMillis(millisToTicks(millis(value), VIDEO_TIMESCALE), VIDEO_TIMESCALE)).toBe(value)
  })
})
