import { createHmac } from 'node:crypto'
import { equalBytes } from '@sluice/core'
import { PUBLIC_KEY_SIZE } from '../encryption/diffie-hellman.ts'

/** Bytes of C1, S1, C2 and S2 each. */
export const HANDSHAKE_SIZE = 1536
/** Bytes of an HMAC-SHA256. */
export const DIGEST_SIZE = 32

/** Where in C1 and S1 the digest lies: layout 0 (ffmpeg) in the first half, layout 1 (Flash, RTMPE) in the second. */
export type DigestLayout = 0 | 1

const SALT = Buffer.from('f0eec24a8068bee82e00d0d1029e7e576eec5d2d29806fab93b8e636cfeb31ae', 'hex')
const PLAYER_KEY = Buffer.from('Genuine Adobe Flash Player 001', 'ascii')
const SERVER_KEY = Buffer.from('Genuine Adobe Flash Media Server 001', 'ascii')
const LONG_SERVER_KEY = Buffer.concat([SERVER_KEY, SALT])

function hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHmac('sha256', key)
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** Four bytes of the block, summed, choose a place. */
function sumAt(block: Uint8Array, at: number): number {
  let sum = 0
  for (const byte of block.subarray(at, at + 4)) sum += byte
  return sum
}

/** Byte offset of the digest within the 1536 bytes. */
function digestOffset(block: Uint8Array, layout: DigestLayout): number {
  const at = layout === 0 ? 8 : 772
  return (sumAt(block, at) % 728) + at + 4
}

/** Byte offset of the public key of an RTMPE peer within the 1536 bytes. */
function publicKeyOffset(block: Uint8Array, layout: DigestLayout): number {
  return layout === 0 ? (sumAt(block, 1532) % 632) + 772 : (sumAt(block, 768) % 632) + 8
}

/** The 128 bytes of C1 or S1 where RTMPE has the sender's public key, as a view: to be read, or written before signing. */
export function publicKeyIn(block: Uint8Array, layout: DigestLayout): Uint8Array {
  const offset = publicKeyOffset(block, layout)
  return block.subarray(offset, offset + PUBLIC_KEY_SIZE)
}

/** The digest of a block: everything but the 32 bytes at its own place. */
function digestOf(key: Uint8Array, block: Uint8Array, offset: number): Uint8Array {
  return hmac(key, block.subarray(0, offset), block.subarray(offset + DIGEST_SIZE))
}

/**
 * Looks for a player's digest in C1.
 *
 * @param c1 - 1536 bytes.
 * @returns the layout that holds a valid digest and the digest (a view of `c1`), or undefined where neither
 * does: the client speaks the simple handshake, whatever version its C1 names.
 */
export function findPlayerDigest(
  c1: Uint8Array,
): { readonly layout: DigestLayout; readonly digest: Uint8Array } | undefined {
  for (const layout of [0, 1] as const) {
    const offset = digestOffset(c1, layout)
    const digest = c1.subarray(offset, offset + DIGEST_SIZE)
    if (equalBytes(digest, digestOf(PLAYER_KEY, c1, offset))) return { layout, digest }
  }
  return undefined
}

/** Puts the server's digest into S1, in place. @param s1 - 1536 bytes, complete but for the digest. */
export function signS1(s1: Uint8Array, layout: DigestLayout): void {
  const offset = digestOffset(s1, layout)
  s1.set(digestOf(SERVER_KEY, s1, offset), offset)
}

/** Puts the proof that C1 was read into the last 32 bytes of S2, in place. @param s2 - 1536 random bytes. */
export function signS2(s2: Uint8Array, playerDigest: Uint8Array): void {
  const at = HANDSHAKE_SIZE - DIGEST_SIZE
  s2.set(hmac(hmac(LONG_SERVER_KEY, playerDigest), s2.subarray(0, at)), at)
}
