import { describe, expect, it } from 'vitest'
import { concatBytes, equalBytes, toHex } from './bytes.ts'

describe('byte arrays', () => {
  it('are joined into memory of their own', () => {
    const part = Uint8Array.of(1, 2)
    const joined = concatBytes([part, new Uint8Array(0), Uint8Array.of(3)])
    expect(joined).toEqual(Uint8Array.of(1, 2, 3))
    part[0] = 9
    expect(joined[0]).toBe(1)
    expect(concatBytes([])).toEqual(new Uint8Array(0))
    expect(concatBytes([part]).buffer).not.toBe(part.buffer)
  })

  it('are equal byte by byte, wherever they lie', () => {
    const within = Uint8Array.of(0, 1, 2, 3).subarray(1, 3)
    expect(equalBytes(within, Uint8Array.of(1, 2))).toBe(true)
    expect(equalBytes(within, Buffer.from([1, 2]))).toBe(true)
    expect(equalBytes(within, Uint8Array.of(1, 3))).toBe(false)
    expect(equalBytes(within, Uint8Array.of(1, 2, 3))).toBe(false)
    expect(equalBytes(new Uint8Array(0), new Uint8Array(0))).toBe(true)
  })

  it('are shown as two lower-case digits a byte', () => {
    expect(toHex(Uint8Array.of(0, 10, 255))).toBe('000aff')
    expect(toHex(new Uint8Array(0))).toBe('')
  })
})
