import { describe, expect, it } from 'vitest'
import { readLoginClaim } from './login-claim.ts'

describe('what a client says of its user', () => {
  it.each([
    { query: '', claim: { type: 'none' } },
    { query: 'token=1', claim: { type: 'none' } },
    { query: 'user=alice', claim: { type: 'none' } },
    { query: 'authmod', claim: { type: 'none' } },
    { query: 'authmod=ldap&user=alice', claim: { type: 'none' } },
    { query: 'authmod=adobe', claim: { type: 'user', method: 'adobe', user: '' } },
    { query: 'authmod=adobe&user=alice', claim: { type: 'user', method: 'adobe', user: 'alice' } },
    { query: 'user=a@b.c&x=y&authmod=llnw', claim: { type: 'user', method: 'llnw', user: 'a@b.c' } },
    {
      name: 'ffmpeg and GStreamer',
      query: 'authmod=adobe&user=alice&challenge=0123abcd&response=R+/x==&opaque=abc_-',
      claim: {
        type: 'proof',
        method: 'adobe',
        user: 'alice',
        challenge: 'abc_-',
        clientChallenge: '0123abcd',
        response: 'R+/x==',
      },
    },
    {
      name: 'without what a proof needs',
      query: 'authmod=adobe&user=alice&challenge=0123abcd&response=R',
      claim: { type: 'user', method: 'adobe', user: 'alice' },
    },
    {
      name: 'Limelight',
      query: 'authmod=llnw&user=alice&nonce=N=&cnonce=89abcdef&nc=00000001&response=00ff',
      claim: {
        type: 'proof',
        method: 'llnw',
        user: 'alice',
        challenge: 'N=',
        cnonce: '89abcdef',
        nc: '00000001',
        response: '00ff',
      },
    },
    {
      name: 'without what Limelight needs',
      query: 'authmod=llnw&user=alice&nonce=N&response=00ff',
      claim: { type: 'user', method: 'llnw', user: 'alice' },
    },
    {
      name: 'the first of a name',
      query: 'authmod=adobe&user=alice&user=bob&authmod=llnw',
      claim: { type: 'user', method: 'adobe', user: 'alice' },
    },
    {
      name: 'nothing decoded',
      query: 'authmod=adobe&user=a%20b+c',
      claim: { type: 'user', method: 'adobe', user: 'a%20b+c' },
    },
  ])('$query', ({ query, claim }) => {
    expect(readLoginClaim(query)).toEqual(claim)
  })
})
