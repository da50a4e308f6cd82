import { expect, test } from 'vitest'
import { MediaClock } from './media-clock.ts'

const HOUR = 3_600_000
const START = Date.UTC(2026, 10, 22, 10)

/** Parts of 250 ms for some seconds from a monotonic time on, each `late` milliseconds after it was captured. */
function play(clock: MediaClock, from: number, seconds: number, late: number, rate = 1): number {
  for (let time = 250; time <= seconds * 1000; time += 250)
    clock.observe(START + (from + time) * rate, from + time + late)
  return from + seconds * 1000
}

test('is that of the host before anything is known', () => {
  expect(new MediaClock().now(START, 5)).toBe(START)
})

test('is that of the host while media are as late as they usually are', () => {
  const clock = new MediaClock()
  const at = play(clock, 0, 90, 400)
  expect(clock.now(START + at + 400, at + 400)).toBe(START + at + 400)
})

test.each([HOUR, -HOUR])('does not follow a leap of the host by %d ms', (leap) => {
  const clock = new MediaClock()
  const at = play(clock, 0, 90, 400)
  const told = clock.now(START + at + leap, at)
  expect(Math.abs(told - (START + at))).toBeLessThan(2000)
})

test.each([1.001, 0.999])('follows a publisher whose clock runs at %d of the host', (rate) => {
  const clock = new MediaClock()
  const at = play(clock, 0, 3 * 3600, 400, rate)
  const newest = START + at * rate
  const told = clock.now(START + at, at)
  expect(told).toBeGreaterThanOrEqual(newest - 400)
  expect(told).toBeLessThan(newest + 2000)
})

test('goes on while the publisher is away, and by the media when it comes back elsewhere in time', () => {
  const clock = new MediaClock()
  const at = play(clock, 0, 10, 400)
  expect(clock.now(START + at + HOUR, at + HOUR)).toBe(START + at + HOUR)
  // The ingest took its clock anew, which had leapt meanwhile.
  clock.observe(START + at + 3 * HOUR, at + 2 * HOUR)
  expect(clock.now(START + at + 2 * HOUR, at + 2 * HOUR)).toBe(START + at + 3 * HOUR)
})
