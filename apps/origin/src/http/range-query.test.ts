import { expect, test } from 'vitest'
import { parseRangeQuery } from './range-query.ts'

test.each([
  [{}, { type: 'whole' }],
  [{ token: 'x' }, { type: 'whole' }],
  [{ start: '0' }, { type: 'seconds', start: 0 }],
  [{ start: '12.5' }, { type: 'seconds', start: 12.5 }],
  [{ start: '1970-01-01T00:01Z' }, { type: 'date', start: 60_000 }],
  [{ start: '1970-01-01T01:00:01.5+01:00' }, { type: 'date', start: 1_500 }],
  [{ start: '1970-01-01T01:00:01 01:00' }, { type: 'date', start: 1_000 }],
  [{ dvr: '600' }, { type: 'recent', seconds: 600 }],
])('%j', (query, expected) => {
  expect(parseRangeQuery(query)).toEqual(expected)
})

test.each([
  [{ start: '' }],
  [{ start: '-5' }],
  [{ start: '1e3' }],
  [{ start: 'now' }],
  [{ start: '2026-11-22' }],
  [{ start: '2026-11-22T10:00:00' }],
  [{ start: '2026-13-40T10:00:00Z' }],
  [{ start: ['1', '2'] }],
  [{ dvr: '' }],
  [{ dvr: '-1' }],
  [{ dvr: 'all' }],
  [{ dvr: ['60', '60'] }],
  [{ start: '1', dvr: '60' }],
])('%j makes no sense', (query) => {
  expect(parseRangeQuery(query)).toBe('invalid')
})
