import { StreamClock, segmentRules } from '@sluice/broadcast'
import { expect, test } from 'vitest'
import { IngestTotals, type StreamTotals } from './ingest-totals.ts'

const { counters } = new StreamClock(segmentRules(2))
const totals = (changes: Partial<StreamTotals>): StreamTotals => ({
  ...counters,
  ...{ bytes: 0, videoFrames: 0, audioPackets: 0, playersTooSlow: 0 },
  ...changes,
})

test('what happened in a broadcast counts on when that is over', () => {
  const ingest = new IngestTotals()
  const first = totals({ bytes: 100, jumps: 1 })
  const second = totals({ bytes: 10, playersTooSlow: 2 })
  const before = ingest.ofAll([first, second])
  expect(before).toEqual(totals({ bytes: 110, jumps: 1, playersTooSlow: 2 }))
  ingest.retire(first)
  expect(ingest.ofAll([second])).toEqual(before)
})

test('refusals count by code', () => {
  const ingest = new IngestTotals()
  for (const code of ['a', 'b', 'a']) ingest.refused(code)
  expect(Object.fromEntries(ingest.refusals)).toEqual({ a: 2, b: 1 })
})
