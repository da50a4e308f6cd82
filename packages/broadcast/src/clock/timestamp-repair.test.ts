import { millis } from '@sluice/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type RepairCounters, TimestampRepair } from './timestamp-repair.ts'

const counters = (): RepairCounters => ({ wraps: 0, jumps: 0, rollbacks: 0, nonMonotonic: 0, gaps: 0 })

function run(messages: [kind: 'video' | 'audio', timestamp: number, now: number][], counts = counters()) {
  const repair = new TimestampRepair(messages[0]?.[1] ?? 0, millis(0), counts)
  return { times: messages.map(([kind, timestamp, now]) => repair.repair(kind, timestamp, now)), counts }
}

describe('timestamp repair', () => {
  test('a healthy stream keeps its distances from an arbitrary start', () => {
    const { times, counts } = run([
      ['video', 5_000, 0],
      ['audio', 5_010, 5],
      ['video', 5_033, 33],
      ['video', 5_067, 66],
    ])
    expect(times).toEqual([0, 10, 33, 67])
    expect(counts).toEqual(counters())
  })

  test('the 32-bit counter wraps unseen', () => {
    const { times, counts } = run([
      ['video', 0xffff_fff0, 0],
      ['audio', 0xffff_fffa, 10],
      ['video', 0x11, 33],
      ['audio', 0x0d, 30],
    ])
    expect(times).toEqual([0, 10, 33, 29])
    expect(counts.wraps).toBe(2)
    expect(counts.jumps).toBe(0)
  })

  test('a jump that the wall clock does not confirm is pulled together, in both kinds alike', () => {
    const { times, counts } = run([
      ['video', 0, 0],
      ['audio', 5, 5],
      ['video', 40, 40],
      ['audio', 28, 41],
      ['video', 600_080, 80],
      ['audio', 600_051, 81],
      ['video', 600_120, 120],
    ])
    expect(times).toEqual([0, 5, 40, 28, 80, 51, 120])
    expect(counts.jumps).toBe(2)
  })

  test('a silence that the wall clock confirms is kept', () => {
    const { times, counts } = run([
      ['video', 0, 0],
      ['video', 40, 40],
      ['video', 20_040, 20_050],
    ])
    expect(times).toEqual([0, 40, 20_040])
    expect(counts.gaps).toBe(1)
  })

  test('a roll-back goes on one frame later', () => {
    const { times, counts } = run([
      ['video', 10_000, 0],
      ['video', 10_040, 40],
      ['video', 0, 80],
      ['video', 40, 120],
    ])
    expect(times).toEqual([0, 40, 80, 120])
    expect(counts.rollbacks).toBe(1)
  })

  test('video decode times rise by at least a millisecond', () => {
    const { times, counts } = run([
      ['video', 0, 0],
      ['video', 0, 1],
      ['video', 0, 2],
      ['video', 33, 33],
    ])
    expect(times).toEqual([0, 1, 2, 33])
    expect(counts.nonMonotonic).toBe(2)
  })

  test('whatever a publisher sends, video rises and audio never falls', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.constantFrom('video' as const, 'audio' as const),
            fc.oneof(
              fc.integer({ min: 0, max: 0xffffffff }),
              fc.integer({ min: 0, max: 100 }),
              fc.integer({ min: 0xffffff00, max: 0xffffffff }),
            ),
            fc.integer({ min: 0, max: 5_000 }),
          ),
          { minLength: 1, maxLength: 60 },
        ),
        (steps) => {
          let now = 0
          const messages = steps.map(([kind, timestamp, waited]): ['video' | 'audio', number, number] => {
            now += waited
            return [kind, timestamp, now]
          })
          const { times } = run(messages)
          const last = { video: -1, audio: -1 }
          messages.forEach(([kind], index) => {
            const time = times[index] ?? Number.NaN
            expect(time).toBeGreaterThanOrEqual(0)
            const least = kind === 'video' ? last.video + 1 : last.audio
            expect(time).toBeGreaterThanOrEqual(least)
            last[kind] = time
          })
        },
      ),
    )
  })
})
