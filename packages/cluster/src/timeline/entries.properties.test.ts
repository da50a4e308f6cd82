import fc from 'fast-check'
import { expect, it } from 'vitest'
import { FIRST_ID, isAfter } from './entries.ts'

// Small numbers meet often; large ones are where comparing ids as text would go wrong.
const number = fc.oneof(fc.integer({ min: 0, max: 11 }), fc.integer({ min: 0, max: 2 ** 45 }))
const place = fc.tuple(number, number)
const id = ([time, count]: readonly [number, number]): string => `${time}-${count}`

it('ids are ordered by time, then by count', () => {
  fc.assert(
    fc.property(place, place, (a, b) => {
      const after = a[0] > b[0] || (a[0] === b[0] && a[1] > b[1])
      expect(isAfter(id(a), id(b))).toBe(after)
    }),
  )
})

it('every id but itself is after the first', () => {
  fc.assert(
    fc.property(place, (a) => {
      expect(isAfter(id(a), FIRST_ID)).toBe(a[0] > 0 || a[1] > 0)
    }),
  )
})
