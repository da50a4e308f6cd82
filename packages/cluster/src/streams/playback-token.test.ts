import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { checkPlaybackToken, readPlaybackSecrets, renderPlaybackToken } from './playback-token.ts'

const [KEY, OLD] = readPlaybackSecrets('k2:a-secret-of-some-length,k1:an-older-secret-here')
const KEYS = [KEY, ...(OLD === undefined ? [] : [OLD])]
const NOW = 1_800_000_000
const bearer = { path: 'studio/360p/a.m4s', address: '192.0.2.7', seconds: NOW }

const token = (grant: { path?: string; expires?: number; address?: string } = {}, key = KEY): string =>
  renderPlaybackToken({ path: 'studio', expires: NOW + 60, address: undefined, ...grant }, key)

describe('a playback token', () => {
  it('is one text, which other programs can make', () => {
    expect(token()).toBe('k2.1800000060.c3R1ZGlv..lwu3GVtkSLA04Jqu5O8A1cTHky-hqSifrKBqRBsWprY')
    const recipe = [
      'head="k2.1800000060.$(printf %s studio | openssl base64 -A | tr +/ -_ | tr -d =)."',
      'printf "sluice-play-1\\n%s" "$head" | openssl dgst -sha256 -hmac a-secret-of-some-length -binary | openssl base64 -A | tr +/ -_ | tr -d =',
    ]
    const signature = execFileSync('sh', ['-c', recipe.join('; ')]).toString()
    expect(`k2.1800000060.c3R1ZGlv..${signature}`).toBe(token())
  })

  it.each(['', 'studio', 'studio/360p', 'studio/360p/a.m4s'])('grants what is below its path %j', (path) => {
    expect(checkPlaybackToken(token({ path }), KEYS, bearer)).toEqual({ type: 'granted', expires: NOW + 60 })
  })

  it.each(['other', 'studi', 'studio/360', 'studio/1080p', 'studio/360p/a.m4s/b'])(
    'does not grant what is elsewhere: %j',
    (path) => {
      expect(checkPlaybackToken(token({ path }), KEYS, bearer)).toEqual({ type: 'wrong-path' })
    },
  )

  it('counts with every secret that is still listed', () => {
    const old = token({}, OLD)
    expect(checkPlaybackToken(old, KEYS, bearer).type).toBe('granted')
    expect(checkPlaybackToken(old, [KEY], bearer).type).toBe('forged')
  })

  it('ends with its last second', () => {
    expect(checkPlaybackToken(token(), KEYS, { ...bearer, seconds: NOW + 59 }).type).toBe('granted')
    expect(checkPlaybackToken(token(), KEYS, { ...bearer, seconds: NOW + 60 }).type).toBe('expired')
  })

  it('may be for one address, in any spelling', () => {
    const bound = token({ address: '192.0.2.7' })
    expect(checkPlaybackToken(bound, KEYS, bearer).type).toBe('granted')
    expect(checkPlaybackToken(bound, KEYS, { ...bearer, address: '::ffff:192.0.2.7' }).type).toBe('granted')
    expect(checkPlaybackToken(bound, KEYS, { ...bearer, address: '192.0.2.8' }).type).toBe('wrong-address')
    const six = token({ address: '2001:DB8::0:1' })
    expect(checkPlaybackToken(six, KEYS, { ...bearer, address: '2001:db8::1' }).type).toBe('granted')
  })

  it('is forged whatever is changed in it, and whoever signed it', () => {
    const good = token()
    for (let at = 0; at < good.length; at++) {
      const changed = `${good.slice(0, at)}${good[at] === 'A' ? 'B' : 'A'}${good.slice(at + 1)}`
      expect(checkPlaybackToken(changed, KEYS, bearer).type, changed).toBe('forged')
    }
    const stranger = token({}, { id: 'k2', secret: 'another-secret-of-length' })
    for (const each of ['', 'x', stranger, `${good}x`, good.slice(0, -1), good.replace('60', '99')])
      expect(checkPlaybackToken(each, KEYS, bearer).type).toBe('forged')
  })
})

describe('playback secrets', () => {
  it.each([
    '',
    'a-secret-without-an-id',
    'k1:short',
    'k1:a-secret-of-some-length,',
    'k 1:a-secret-of-some-length',
  ])('refuse %j without repeating it', (text) => {
    expect(() => readPlaybackSecrets(text)).toThrow(/^entry \d of the playback secrets is not ID:SECRET/)
  })
})
