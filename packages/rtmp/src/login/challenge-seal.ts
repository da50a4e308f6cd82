import { createHmac, timingSafeEqual } from 'node:crypto'
import type { LoginMethod } from './login-claim.ts'

/** Random bytes of one challenge. */
export const CHALLENGE_RANDOM_SIZE = 8
const EXPIRY_SIZE = 4
const SEAL_SIZE = 12
const BODY_SIZE = EXPIRY_SIZE + CHALLENGE_RANDOM_SIZE

/** Whom a challenge is for. */
export interface ChallengeHolder {
  readonly method: LoginMethod
  readonly user: string
}

/** What is wrong with a challenge that a client gives back. */
export type ChallengeFault = 'forged' | 'expired'

/**
 * Makes a challenge that needs no memory: when it expires and whom it is for are sealed into it, so that whoever has the
 * key knows it again. That it is used once only is for the caller to see to.
 *
 * @param key - a secret of all servers that shall know it again.
 * @param expires - seconds since the epoch: the first second in which it is worth nothing. Below 2³².
 * @param random - `CHALLENGE_RANDOM_SIZE` bytes.
 * @returns 32 characters of base64url.
 */
export function sealChallenge(
  key: string,
  holder: ChallengeHolder,
  expires: number,
  random: Uint8Array,
): string {
  const body = Buffer.alloc(BODY_SIZE)
  body.writeUInt32BE(expires)
  body.set(random, EXPIRY_SIZE)
  return Buffer.concat([body, seal(key, holder, body)]).toString('base64url')
}

/**
 * Whether a challenge was made by {@link sealChallenge} with this key for this holder, and is still worth something.
 *
 * @param seconds - since the epoch.
 * @returns undefined when it is.
 */
export function checkChallenge(
  key: string,
  holder: ChallengeHolder,
  challenge: string,
  seconds: number,
): ChallengeFault | undefined {
  const bytes = Buffer.from(challenge, 'base64url')
  // One text for one challenge: what decodes to the same bytes is not the same.
  if (bytes.length !== BODY_SIZE + SEAL_SIZE || bytes.toString('base64url') !== challenge) return 'forged'
  const body = bytes.subarray(0, BODY_SIZE)
  if (!timingSafeEqual(seal(key, holder, body), bytes.subarray(BODY_SIZE))) return 'forged'
  return seconds >= body.readUInt32BE() ? 'expired' : undefined
}

function seal(key: string, { method, user }: ChallengeHolder, body: Uint8Array): Uint8Array {
  const digest = createHmac('sha256', key)
    .update(`sluice-login-1\n${method}\n${user}\n`)
    .update(body)
    .digest()
  return digest.subarray(0, SEAL_SIZE)
}
