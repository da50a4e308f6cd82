import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'

/**
 * A new secret of 160 random bits: 32 characters of `a-z2-7`, which need no escaping in a URL, a shell or
 * a form, and are selected whole by a double click.
 */
export function newSecret(): string {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of randomBytes(20)) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += ALPHABET[(held >>> bits) & 31]
    }
    held &= (1 << bits) - 1
  }
  return text
}

/** SHA-256 in hexadecimal: all that is stored of a secret. Random secrets need no slow hash. */
export function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** Compares two digests in a time that does not depend on where they differ. */
export function sameDigest(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}

/** Compares two secrets in a time that depends on neither. */
export function sameSecret(a: string, b: string): boolean {
  return sameDigest(digestOf(a), digestOf(b))
}
