import fc from 'fast-check'
import { expect, it } from 'vitest'
import { runs } from '../testing/fast-check.ts'
import {
  CHALLENGE_RANDOM_SIZE,
  type ChallengeHolder,
  checkChallenge,
  sealChallenge,
} from './challenge-seal.ts'

const holder: fc.Arbitrary<ChallengeHolder> = fc.record({
  method: fc.constantFrom('adobe' as const, 'llnw' as const),
  user: fc.stringMatching(/^[A-Za-z0-9._@-]{1,49}$/),
})
const random = fc.uint8Array({ minLength: CHALLENGE_RANDOM_SIZE, maxLength: CHALLENGE_RANDOM_SIZE })
const expires = fc.integer({ min: 1, max: 2 ** 32 - 1 })

it('a challenge is known again by its key, for its holder, until it expires', () => {
  fc.assert(
    fc.property(fc.string(), holder, expires, random, (key, owner, end, bytes) => {
      const challenge = sealChallenge(key, owner, end, bytes)
      expect(challenge).toMatch(/^[\w-]{32}$/)
      expect(checkChallenge(key, owner, challenge, end - 1)).toBeUndefined()
      expect(checkChallenge(key, owner, challenge, end)).toBe('expired')
      expect(checkChallenge(`${key}x`, owner, challenge, end - 1)).toBe('forged')
      expect(checkChallenge(key, { ...owner, user: `${owner.user}x` }, challenge, end - 1)).toBe('forged')
      const other = owner.method === 'adobe' ? 'llnw' : 'adobe'
      expect(checkChallenge(key, { ...owner, method: other }, challenge, end - 1)).toBe('forged')
    }),
    runs(200),
  )
})

it('a challenge with any other text in any place is forged', () => {
  fc.assert(
    fc.property(holder, random, fc.nat(31), fc.nat(4), fc.string(), (owner, bytes, place, gone, put) => {
      const challenge = sealChallenge('key', owner, 1000, bytes)
      const changed = challenge.slice(0, place) + put + challenge.slice(place + gone)
      fc.pre(changed !== challenge)
      expect(checkChallenge('key', owner, changed, 1)).toBe('forged')
    }),
    runs(500),
  )
})

it('any text is no challenge of ours', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(checkChallenge('key', { method: 'adobe', user: 'alice' }, text, 0)).toBe('forged')
    }),
    runs(500),
  )
})
