import { describe, expect, it } from 'vitest'
import { hex, piecesOf } from '../testing/bytes.ts'
import { thrown } from '../testing/errors.ts'
import { Rc4 } from './rc4.ts'

describe('RC4', () => {
  it.each([
    ['0102030405', 0, 'b2396305f03dc027ccc3524a0a1118a8'],
    ['0102030405', 240, '28cb1132c96ce286421dcaadb8b69eae'],
    ['0102030405', 512, '645984 4432a7da92 3cfb3eb4980661f6'],
    ['0102030405060708090a0b0c0d0e0f10', 0, '9ac7cc9a609d1ef7b2932899cde41b97'],
    ['0102030405060708090a0b0c0d0e0f10', 16, '5248c4959014126a6e8a84f11d1a9e1c'],
  ])('makes the key stream of RFC 6229 for %s at %i', (key, at, expected) => {
    const stream = new Rc4(hex(key)).apply(new Uint8Array(at + 16))
    expect(stream.subarray(at)).toEqual(hex(expected))
  })

  it('deciphers what it enciphered, in any pieces, and leaves its input alone', () => {
    const key = hex('00ff10')
    const text = Uint8Array.from({ length: 1000 }, (_, i) => i & 0xff)
    const secret = new Rc4(key).apply(text)
    expect(text[999]).toBe(999 & 0xff)
    expect(secret).not.toEqual(text)
    const reader = new Rc4(key)
    const pieces = [...piecesOf(secret, 7)].map((piece) => reader.apply(piece))
    expect(Buffer.concat(pieces)).toEqual(Buffer.from(text))
    expect(reader.apply(new Uint8Array(0))).toEqual(new Uint8Array(0))
  })

  it.each([0, 257])('refuses a key of %i bytes', (size) => {
    expect(thrown(() => new Rc4(new Uint8Array(size)))).toHaveProperty('code', 'rtmp.rc4.key_size')
  })
})
