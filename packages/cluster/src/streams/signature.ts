import { createHmac } from 'node:crypto'
import { sameDigest } from '../secrets.ts'

/** HMAC-SHA256 in base64url, without padding. */
export function signText(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('base64url')
}

/** Whether a signature is that of the text; takes as long for every wrong one of its length. */
export function isSignature(signature: string, secret: string, text: string): boolean {
  return sameDigest(signText(secret, text), signature)
}
