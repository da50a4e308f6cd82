import { expect, it } from 'vitest'
import { renderLoginChallenge, renderLoginFailure, renderLoginRequest } from './login-answer.ts'
import { LONGEST_LOGIN_USER } from './login-secrets.ts'

it('says what clients look for', () => {
  expect(renderLoginRequest('adobe')).toBe(
    '[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ] : ',
  )
  expect(renderLoginChallenge({ method: 'adobe', user: 'alice', salt: 'S', challenge: 'C' })).toBe(
    '[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=needauth&user=alice&salt=S&challenge=C&opaque=C',
  )
  expect(renderLoginChallenge({ method: 'llnw', user: 'alice', salt: 'S', challenge: 'C' })).toBe(
    '[ AccessManager.Reject ] : [ authmod=llnw ] : ?reason=needauth&user=alice&nonce=C',
  )
  expect(renderLoginFailure('adobe', 'authfailed')).toBe(
    '[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=authfailed',
  )
  expect(renderLoginFailure('llnw', 'nosuchuser')).toBe(
    '[ AccessManager.Reject ] : [ authmod=llnw ] : ?reason=nosuchuser',
  )
})

it('says no more than ffmpeg reads', () => {
  const user = 'u'.repeat(LONGEST_LOGIN_USER)
  const challenge = renderLoginChallenge({
    method: 'adobe',
    user,
    salt: 's'.repeat(12),
    challenge: 'c'.repeat(32),
  })
  expect(challenge.length).toBeLessThan(256)
})
