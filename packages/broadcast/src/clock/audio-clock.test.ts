import { MILLISECONDS, millis, rescale, timescale } from '@sluice/core'
import { describe, expect, test } from 'vitest'
import { AudioClock } from './audio-clock.ts'

const rate = timescale(44_100)

/** Feeds packets whose stated time is `stated(packetIndex)` and returns the placed ticks and the drops. */
function feed(count: number, stated: (index: number) => number) {
  const clock = new AudioClock(rate, 1024)
  const placed: number[] = []
  const jumps: number[] = []
  let dropped = 0
  for (let index = 0; index < count; index++) {
    const timing = clock.place(millis(Math.round(stated(index))))
    if (timing.type === 'drop') dropped += 1
    else {
      placed.push(timing.at)
      if (timing.jumped) jumps.push(index)
    }
  }
  return { placed, jumps, dropped }
}

const exact = (index: number) => (index * 1024 * 1000) / 44_100

describe('audio clock', () => {
  test('ten minutes of rounded milliseconds count samples exactly', () => {
    const { placed, jumps, dropped } = feed(25_840, exact)
    expect(placed.at(-1)).toBe(25_839 * 1024)
    expect(jumps).toEqual([0])
    expect(dropped).toBe(0)
  })

  test('timestamps that jitter by 15 ms do not move the count', () => {
    const { placed, jumps } = feed(5_000, (index) => Math.max(0, exact(index) + (index % 2 === 0 ? 15 : -15)))
    expect(jumps).toEqual([0])
    expect(placed.at(-1)).toBe((placed[0] as number) + 4_999 * 1024)
  })

  test.each([1.0005, 0.9995])(
    'a sender whose clocks differ by the factor %f stays within 40 ms for an hour',
    (factor) => {
      const clock = new AudioClock(rate, 1024)
      let worst = 0
      for (let index = 0; index < 155_000; index++) {
        const stated = millis(Math.round(exact(index) * factor))
        const timing = clock.place(stated)
        if (timing.type === 'at')
          worst = Math.max(worst, Math.abs(timing.at - rescale(stated, MILLISECONDS, rate)))
      }
      expect(worst / 44.1).toBeLessThan(40)
    },
  )

  test('missing audio leaves a hole where it is missing', () => {
    const { placed, jumps } = feed(100, (index) => exact(index) + (index >= 50 ? 500 : 0))
    expect(jumps).toEqual([0, 50])
    expect((placed[50] ?? 0) - (placed[49] ?? 0)).toBe(1024 + 22_050)
  })

  test('a second of audio too much is left out', () => {
    const { dropped } = feed(200, (index) => (index < 100 ? exact(index) : exact(Math.max(99, index - 43))))
    expect(dropped).toBeGreaterThan(30)
  })
})
