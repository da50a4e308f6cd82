import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineSplitter } from './line-splitter.ts'

test('any cut of a text gives the same lines', () => {
  const line = fc.stringMatching(/^[a-z=[\]]{1,12}$/)
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), fc.array(fc.nat(100)), (lines, cuts) => {
      const text = lines.join('\n')
      const splitter = new LineSplitter()
      const points = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length]
      const got = points.slice(1).flatMap((point, index) => splitter.push(text.slice(points[index], point)))
      expect([...got, ...splitter.end()]).toEqual(lines)
    }),
  )
})

test('carriage returns end lines too, empty lines are left out', () => {
  const splitter = new LineSplitter()
  expect(splitter.push('a\r\nb\rc\n\n')).toEqual(['a', 'b', 'c'])
  expect(splitter.end()).toEqual([])
})

test('a line without an end does not grow for ever', () => {
  const splitter = new LineSplitter()
  for (let round = 0; round < 100; round++) expect(splitter.push('x'.repeat(1000))).toEqual([])
  expect(splitter.push('\nnext\n')).toEqual(['x'.repeat(4096), 'next'])
})
