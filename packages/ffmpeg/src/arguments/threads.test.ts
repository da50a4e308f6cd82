import { expect, test } from 'vitest'
import { rung } from '../testing/plans.ts'
import { decoderThreads, encoderThreads, filterThreads } from './threads.ts'

const FOUR = { rungs: [rung(1280, 720), rung(854, 480), rung(640, 360), rung(426, 240)] }

test.each([
  { width: 640, height: 360, frameRate: 30, decoder: 1, filters: 1, encoder: 2 },
  { width: 1280, height: 720, frameRate: 30, decoder: 1, filters: 1, encoder: 3 },
  { width: 1920, height: 1080, frameRate: 60, decoder: 2, filters: 2, encoder: 6 },
  { width: 3840, height: 2160, frameRate: 60, decoder: 5, filters: 7, encoder: 8 },
  // As for 60 frames a second.
  { width: 1920, height: 1080, frameRate: undefined, decoder: 2, filters: 2, encoder: 6 },
])('$widthx$height at $frameRate: threads grow with the picture, not with the machine', (size) => {
  expect(decoderThreads(size)).toBe(size.decoder)
  expect(filterThreads(size, FOUR)).toBe(size.filters)
  expect(encoderThreads(rung(size.width, size.height, { frameRate: size.frameRate }))).toBe(size.encoder)
})

test('no picture needs one thread', () => {
  expect(decoderThreads(undefined)).toBe(1)
  expect(filterThreads(undefined, { rungs: [] })).toBe(1)
})

test('tone mapping needs more, by the size of the largest rung', () => {
  const toneMap = { primaries: 9, transfer: 16, matrix: 9, fullRange: false }
  const size = { width: 1920, height: 1080, frameRate: 60 }
  expect(filterThreads(size, { rungs: [rung(1280, 720)] })).toBe(1)
  expect(filterThreads(size, { rungs: [rung(1280, 720)], toneMap })).toBe(3)
  expect(filterThreads(size, { rungs: [rung(640, 360)], toneMap })).toBe(1)
})
