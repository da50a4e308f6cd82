import { expect, it } from 'vitest'
import { seeded } from '../testing/bytes.ts'
import { PayloadMemory } from './payload-memory.ts'

it('hands out exact sizes, and no byte twice', () => {
  const memory = new PayloadMemory()
  const random = seeded(1)
  const sizes = [0, 1, 2047, 2048, 1 << 17, (1 << 17) + 1, 1 << 18, 1 << 20]
  for (let i = 0; i < 500; i++) sizes.push(Math.floor(random() * 40_000))
  const payloads = sizes.map((size, i) => memory.take(size).fill(i % 251))
  expect(payloads.map((payload) => payload.length)).toEqual(sizes)
  expect(payloads.every((payload, i) => payload.every((byte) => byte === i % 251))).toBe(true)
})

it('keeps small payloads out of large blocks', () => {
  const memory = new PayloadMemory()
  memory.take(10_000)
  expect(memory.take(60).buffer.byteLength).toBeLessThanOrEqual(8192)
})
