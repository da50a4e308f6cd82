import { describe, expect, it } from 'vitest'
import { type AdobeProof, type LlnwProof, readLoginClaim } from './login-claim.ts'
import { isLoginUser, loginSecrets, provesLogin } from './login-secrets.ts'

// Every digest here was made by `openssl md5` from the written algorithm.
const secrets = loginSecrets('alice', 'correct-horse', 'c2FsdHNhbHRz')
const adobe: AdobeProof = {
  type: 'proof',
  method: 'adobe',
  user: 'alice',
  challenge: 'Y2hhbGxlbmdl',
  clientChallenge: '01234567',
  response: 'Hlrh1cT19ZYyQkCVzLm7+Q==',
}
const llnw: LlnwProof = {
  type: 'proof',
  method: 'llnw',
  user: 'alice',
  challenge: 'bm9uY2U',
  cnonce: '89abcdef',
  nc: '00000001',
  response: '4b8681333db761590f918d2c399ff215',
}

it('what is kept of a password', () => {
  expect(secrets).toEqual({
    salt: 'c2FsdHNhbHRz',
    adobe: 'xS8qiVKU49SALKz4Qej4XQ==',
    llnw: 'f7d5e0aee4b9f0df99cc4e1e12f3a416',
  })
})

describe('a proof', () => {
  it.each([
    { name: 'after Adobe', proof: adobe, app: 'login' },
    { name: 'after Limelight', proof: llnw, app: 'login' },
    {
      name: 'after Limelight, of an instance',
      proof: { ...llnw, response: 'a81dca320faa815606fd84013049b481' },
      app: 'login/studio',
    },
  ])('$name holds', ({ proof, app }) => {
    expect(provesLogin(proof, secrets, app)).toBe(true)
  })

  // What they sent for this user, password, salt and challenge.
  it.each([
    ['ffmpeg 5.1', 'login', 'adobe', 'challenge=e47f416f&response=bM8JSGM+VbybQrx71ANtrQ=='],
    ['ffmpeg 7.1', 'login', 'adobe', 'challenge=67e0aa9d&response=TciFp3HtvqH89vJnCoXcTw=='],
    ['ffmpeg 9.0', 'login', 'adobe', 'challenge=6719ade4&response=cvVfEN4u/w9O3H17xue81w=='],
    ['rtmp2sink of GStreamer 1.22', 'login', 'adobe', 'challenge=7a51d65a&response=K5r6TqVkRrZYEW2G9bxSMg=='],
    ['rtmp2sink of GStreamer 1.28', 'login', 'adobe', 'challenge=cca1dc1b&response=9h4MBmtklW4GPXfp1sIdKw=='],
    ['librtmp 2.4', 'login', 'adobe', 'challenge=rOH4Qw==&response=SIQ35hRtASET3ldUrmV+wQ=='],
    ['librtmp 2.4', 'login', 'llnw', 'cnonce=7e448de9&nc=00000001&response=96f0472c08c6158da5f068e6d623ceab'],
    [
      'ffmpeg 5.1',
      'login/one',
      'llnw',
      'cnonce=b21719ad&nc=00000001&response=6da4a992240424220b39bb6d805019a7',
    ],
  ])('of %s for %s after %s holds', (_, app, method, own) => {
    const challenge = 'Y2hhbGxlbmdlY2hhbGxlbmdlY2hhbGwx'
    const name = method === 'adobe' ? 'opaque' : 'nonce'
    const claim = readLoginClaim(`authmod=${method}&user=alice&${own}&${name}=${challenge}`)
    expect(claim.type === 'proof' && provesLogin(claim, secrets, app)).toBe(true)
  })

  it.each([
    { name: 'of another challenge', proof: { ...adobe, challenge: 'Y2hhbGxlbmdm' } },
    { name: 'of another challenge of its own', proof: { ...adobe, clientChallenge: '01234568' } },
    { name: 'in hexadecimal', proof: { ...adobe, response: '1e5ae1d5c4f5f59632424095ccb9bbf9' } },
    { name: 'without padding', proof: { ...adobe, response: 'Hlrh1cT19ZYyQkCVzLm7+Q' } },
    { name: 'of nothing', proof: { ...adobe, response: '' } },
    { name: 'of another use', proof: { ...llnw, nc: '00000002' } },
    { name: 'of another nonce', proof: { ...llnw, challenge: 'bm9uY2V' } },
    { name: 'in capitals', proof: { ...llnw, response: llnw.response.toUpperCase() } },
  ])('$name does not', ({ proof }) => {
    expect(provesLogin(proof, secrets, 'login')).toBe(false)
  })

  it('of another password, salt, user or application does not', () => {
    expect(provesLogin(adobe, loginSecrets('alice', 'wrong-horse', secrets.salt), 'login')).toBe(false)
    expect(provesLogin(adobe, loginSecrets('alice', 'correct-horse', 'c2FsdHNhbHR0'), 'login')).toBe(false)
    expect(provesLogin(adobe, loginSecrets('bob', 'correct-horse', secrets.salt), 'login')).toBe(false)
    expect(provesLogin(llnw, loginSecrets('alice', 'wrong-horse', secrets.salt), 'login')).toBe(false)
    expect(provesLogin(llnw, secrets, 'live')).toBe(false)
  })
})

it.each([
  ['alice', true],
  ['a.b_c-d@example.org', true],
  ['a'.repeat(49), true],
  ['a'.repeat(50), false],
  ['', false],
  ['a&b', false],
  ['a b', false],
  ['a\n', false],
  ['ä', false],
])('%j is a user: %s', (user, is) => {
  expect(isLoginUser(user)).toBe(is)
})
