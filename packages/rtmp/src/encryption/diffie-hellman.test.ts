import { createDiffieHellman } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { MODULUS } from '../testing/rtmpe-client.ts'
import { publicKeyOf, sharedSecret } from './diffie-hellman.ts'

const bytes = (seed: number): Uint8Array => Uint8Array.from({ length: 32 }, (_, i) => (seed * (i + 7)) & 0xff)

/** A number of 128 bytes near the modulus. */
function besideModulus(difference: number): Uint8Array {
  const number = Uint8Array.from(MODULUS)
  number[127] = (number[127] ?? 0) + difference
  return number
}

describe('the key exchange', () => {
  it.each([1, 77, 123])('agrees with OpenSSL (%i)', (seed) => {
    const other = createDiffieHellman(MODULUS, 2)
    other.setPrivateKey(bytes(seed + 1))
    other.generateKeys()
    const ours = publicKeyOf(bytes(seed))
    const theirs = other.getPublicKey()
    expect(sharedSecret(bytes(seed), theirs)).toEqual(Uint8Array.from(other.computeSecret(ours)))
  })

  it('comes to the same on both sides', () => {
    const [one, two] = [bytes(3), bytes(200)]
    expect(sharedSecret(one, publicKeyOf(two))).toEqual(sharedSecret(two, publicKeyOf(one)))
  })

  it.each([
    ['0', new Uint8Array(128)],
    ['1', Uint8Array.of(1)],
    ['one less than the modulus', besideModulus(-1)],
    ['the modulus', besideModulus(0)],
    ['all ones', new Uint8Array(128).fill(0xff)],
  ])('takes %s for no public key', (_, peer) => {
    expect(sharedSecret(bytes(1), peer)).toBeUndefined()
  })

  it('takes anything between', () => {
    expect(sharedSecret(bytes(1), Uint8Array.of(2))).toHaveLength(128)
    expect(sharedSecret(bytes(1), besideModulus(-2))).toHaveLength(128)
  })
})
