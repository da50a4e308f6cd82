import { toHex } from '@sluice/core'

/** Bytes of a public key in C1 and S1, and of a shared secret: the group's modulus has 1024 bits. */
export const PUBLIC_KEY_SIZE = 128
/** Bytes of a private number: twice the strength that a group of this size has, and more. */
export const PRIVATE_KEY_SIZE = 32

/** The modulus of the second Oakley group. RFC 2409 §6.2 */
const MODULUS = BigInt(
  `0x${[
    'FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74',
    '020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437',
    '4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED',
    'EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF',
  ].join('')}`,
)
const GENERATOR = 2n

/** @param privateKey - random, `PRIVATE_KEY_SIZE` bytes. @returns its public key: 128 bytes, big-endian. */
export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  return toBytes(power(GENERATOR, toNumber(privateKey)))
}

/**
 * What both sides of an exchange come to know. Written with `bigint`: a pair of calls takes a millisecond, where
 * `node:crypto` takes 40 to prove the modulus prime each time anew. Its time depends on the private number, so it is good
 * for RTMPE, which keeps nothing secret, and for nothing else.
 *
 * @param peer - the other side's public key: 128 bytes, big-endian.
 * @returns 128 bytes, big-endian; undefined where `peer` is no public key: not from 2 to the modulus less 2.
 */
export function sharedSecret(privateKey: Uint8Array, peer: Uint8Array): Uint8Array | undefined {
  const base = toNumber(peer)
  if (base < 2n || base > MODULUS - 2n) return undefined
  return toBytes(power(base, toNumber(privateKey)))
}

/** base^exponent modulo the group's modulus. */
function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (const bit of exponent.toString(2)) {
    result = (result * result) % MODULUS
    if (bit === '1') result = (result * base) % MODULUS
  }
  return result
}

function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes)}`)
}

/** In full width: one in 256 numbers begins with a zero byte, which counts. */
function toBytes(number: bigint): Uint8Array {
  const text = number.toString(16).padStart(2 * PUBLIC_KEY_SIZE, '0')
  return Uint8Array.from({ length: PUBLIC_KEY_SIZE }, (_, i) =>
    Number.parseInt(text.slice(2 * i, 2 * i + 2), 16),
  )
}
