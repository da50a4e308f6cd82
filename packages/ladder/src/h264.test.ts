import { expect, test } from 'vitest'
import { h264CodecString, h264Level, h264Profile } from './h264.ts'

test.each([
  { width: 640, height: 360, frameRate: 30, maxrate: 856_000, level: 30 },
  { width: 854, height: 480, frameRate: 30, maxrate: 1_498_000, level: 31 },
  { width: 1280, height: 720, frameRate: 30, maxrate: 2_996_000, level: 31 },
  { width: 1280, height: 720, frameRate: 60, maxrate: 2_996_000, level: 32 },
  { width: 1920, height: 1080, frameRate: 30, maxrate: 5_350_000, level: 40 },
  { width: 1080, height: 1920, frameRate: 60, maxrate: 5_350_000, level: 42 },
  { width: 1920, height: 1080, frameRate: 30, maxrate: 40_000_000, level: 41 },
  { width: 3840, height: 2160, frameRate: 60, maxrate: 20_000_000, level: 52 },
])('$width x $height at $frameRate frames is level $level', ({ level, ...demand }) => {
  expect(h264Level({ profile: 'high', bufsize: demand.maxrate, ...demand })).toBe(level)
})

test('a very long side needs a higher level than its area does', () => {
  const demand = { profile: 'high', height: 16, frameRate: 1, maxrate: 1000, bufsize: 1000 } as const
  expect(h264Level({ ...demand, width: 16 * 28 })).toBe(10)
  expect(h264Level({ ...demand, width: 16 * 29 })).toBe(11)
})

test('codec strings spell profile, constraint flags and level', () => {
  expect(h264CodecString('high', 31)).toBe('avc1.64001f')
  expect(h264CodecString('baseline', 40)).toBe('avc1.42c028')
  expect(h264CodecString('high', 9)).toBe('avc1.640009')
})

test('only ultrafast is Baseline', () => {
  expect(h264Profile('ultrafast')).toBe('baseline')
  expect(h264Profile('superfast')).toBe('high')
})
