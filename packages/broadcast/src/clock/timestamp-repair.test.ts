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

  test('a further track goes with the default one, whichever of them jumps first', () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const repair = new TimestampRepair(0, millis(0), counters())
      const times: number[][] = [[], []]
      const jump = 5_000_000
      for (const timestamp of [0, 40, 80, jump, jump + 40, jump + 80, jump + 120]) {
        for (const trackId of order)
          times[trackId]?.push(repair.repair('video', timestamp, timestamp % jump, trackId))
      }
      expect(times[0]).toEqual([0, 40, 80, 120, 160, 200, 240])
      expect(times[1]).toEqual(times[0])
    }
  })

  test('a further track that comes late is on the clock of the default one', () => {
    const repair = new TimestampRepair(1_000, millis(0), counters())
    repair.repair('video', 1_000, 0)
    repair.repair('video', 900_000, 40)
    expect(repair.repair('video', 900_040, 80)).toBe(73)
    expect(repair.repair('video', 900_040, 80, 1)).toBe(73)
    expect(repair.repair('audio', 900_040, 80, 1)).toBe(73)
  })

  test('a further track with a clock of its own begins where the default one is', () => {
    const repair = new TimestampRepair(0, millis(0), counters())
    repair.repair('video', 0, 0)
    repair.repair('video', 40, 40)
    expect(repair.repair('video', 7_000_000, 40, 1)).toBe(40)
    expect(repair.repair('video', 7_000_040, 80, 1)).toBe(80)
  })

  test('whatever a publisher sends, each video rises and no audio falls', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.constantFrom('video' as const, 'audio' as const),
            fc.nat(2),
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
          const repair = new TimestampRepair(steps[0]?.[2] ?? 0, millis(0), counters())
          const last = new Map<string, number>()
          let now = 0
          for (const [kind, trackId, timestamp, waited] of steps) {
            now += waited
            const time = repair.repair(kind, timestamp, now, trackId)
            const before = last.get(`${kind} ${trackId}`) ?? -1
            expect(time).toBeGreaterThanOrEqual(kind === 'video' ? before + 1 : Math.max(before, 0))
            last.set(`${kind} ${trackId}`, time)
          }
        },
      ),
    )
  })
})
