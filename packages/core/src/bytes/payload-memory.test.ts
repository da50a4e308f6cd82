import { describe, expect, it } from 'vitest'
import { giveBack, PayloadMemory } from './payload-memory.ts'

const BLOCK = 1 << 18

describe('payload memory', () => {
  it('hands out exact sizes, and no byte twice', () => {
    const memory = new PayloadMemory()
    const sizes = [0, 1, 2047, 2048, BLOCK / 2, BLOCK / 2 + 1, BLOCK, 4 * BLOCK]
    for (let i = 0; i < 500; i++) sizes.push((i * 7919) % 40_000)
    const payloads = sizes.map((size, i) => memory.take(size).fill(i % 251))
    expect(payloads.map((payload) => payload.length)).toEqual(sizes)
    expect(payloads.every((payload, i) => payload.every((byte) => byte === i % 251))).toBe(true)
  })

  it('puts payloads that follow one another side by side', () => {
    const memory = new PayloadMemory()
    const [first, second] = [memory.copy(Uint8Array.of(1, 2)), memory.copy(Uint8Array.of(3))]
    expect(second.buffer).toBe(first.buffer)
    expect(second.byteOffset).toBe(first.byteOffset + first.length)
    expect([...first, ...second]).toEqual([1, 2, 3])
  })

  it('uses a block again when all of it was given back, and not before', () => {
    const memory = new PayloadMemory()
    const payloads = [BLOCK / 2, BLOCK / 4, BLOCK / 4].map((size) => memory.take(size))
    const last = memory.take(1)
    expect(last.buffer).not.toBe(payloads[0]?.buffer)
    for (const payload of payloads.slice(1)) giveBack(payload)
    memory.close()
    expect(memory.take(1).buffer).not.toBe(payloads[0]?.buffer)
    memory.close()
    for (const payload of payloads.slice(0, 1)) giveBack(payload)
    expect(memory.take(1).buffer).toBe(payloads[0]?.buffer)
  })

  it('does not use a block again while more may be cut from it', () => {
    const memory = new PayloadMemory()
    const first = memory.take(100)
    giveBack(first)
    const second = memory.take(100)
    expect(second.buffer).toBe(first.buffer)
    expect(second.byteOffset).toBe(first.byteOffset + 100)
    expect(new PayloadMemory().take(1).buffer).not.toBe(first.buffer)
  })

  it('takes adjacent payloads back as one array', () => {
    const memory = new PayloadMemory()
    const [first] = [memory.take(BLOCK / 2), memory.take(BLOCK / 2)]
    memory.close()
    giveBack(new Uint8Array(first?.buffer ?? new ArrayBuffer(0)))
    expect(memory.take(1).buffer).toBe(first?.buffer)
  })

  it('leaves bytes of others alone, and notices what was given back twice', () => {
    expect(() => giveBack(new Uint8Array(7))).not.toThrow()
    expect(() => giveBack(new PayloadMemory().take(BLOCK))).not.toThrow()
    const payload = new PayloadMemory().take(10)
    giveBack(payload)
    expect(() => giveBack(payload)).toThrow(expect.objectContaining({ code: 'core.memory.given_back_twice' }))
  })
})
