import { expect, test } from 'vitest'
import { selectRange } from './byte-range.ts'

test.each<[string | undefined, ReturnType<typeof selectRange>]>([
  [undefined, 'whole'],
  ['bytes=0-', { first: 0, last: 99 }],
  ['bytes=10-19', { first: 10, last: 19 }],
  ['bytes=99-1000', { first: 99, last: 99 }],
  ['bytes=-10', { first: 90, last: 99 }],
  ['bytes=-1000', { first: 0, last: 99 }],
  ['bytes=100-', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=20-10', 'whole'],
  ['bytes=0-1,4-5', 'whole'],
  ['bytes=-', 'whole'],
  ['seconds=0-1', 'whole'],
])('%s of 100 bytes', (header, expected) => {
  expect(selectRange(header, 100)).toEqual(expected)
})
