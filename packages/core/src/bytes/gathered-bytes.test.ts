import { expect, it } from 'vitest'
import { equalBytes } from './bytes.ts'
import { GatheredBytes } from './gathered-bytes.ts'

const SIZE = 300_000
const WHOLE = Uint8Array.from({ length: SIZE }, (_, i) => i)

it.each([1, 999, 65_536, SIZE, SIZE + 1])('gathers pieces of %i bytes', (pieceSize) => {
  const gathered = new GatheredBytes(SIZE)
  for (let at = 0; at < SIZE; ) at += gathered.add(WHOLE.subarray(0, at + pieceSize), at)
  expect(gathered.missing).toBe(0)
  expect(equalBytes(gathered.bytes(), WHOLE)).toBe(true)
})

it('takes no more than was announced', () => {
  const gathered = new GatheredBytes(3)
  expect(gathered.add(WHOLE, 10)).toBe(3)
  expect(gathered.add(WHOLE, 13)).toBe(0)
  expect(gathered.bytes()).toEqual(Uint8Array.of(10, 11, 12))
})

it('reserves what has come and little more, whatever is announced', () => {
  const gathered = new GatheredBytes(1 << 30)
  gathered.add(WHOLE, SIZE - 10)
  expect(gathered.bytes().buffer.byteLength).toBe(65_536)
  gathered.add(WHOLE, 0)
  expect(gathered.filled).toBe(SIZE + 10)
  expect(gathered.bytes().buffer.byteLength).toBeLessThanOrEqual(4 * gathered.filled)
})
