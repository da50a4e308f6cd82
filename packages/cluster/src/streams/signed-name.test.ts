import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  checkSignedName,
  type PublishGrant,
  readSignedName,
  renderSignedName,
  type SignedName,
  type SignedNameFault,
} from './signed-name.ts'

const SECRET = 'a-signing-secret'
const EXPIRES = 1_800_000_000
const grant: PublishGrant = { stream: 'demo', expires: EXPIRES, address: undefined }
const bearer = { address: '192.0.2.1', seconds: EXPIRES - 60 }

/** As the session gives it: what is before and what is behind the first `?`. */
function received(name: string): SignedName | undefined {
  const [stream = '', query = ''] = name.split('?')
  return readSignedName(stream, query)
}

function check(
  name: string,
  from: { readonly address: string; readonly seconds: number } = bearer,
  secret: string | undefined = SECRET,
): SignedNameFault | undefined {
  const signed = received(name)
  if (signed === undefined) throw new Error(`${name} does not claim to be signed`)
  return checkSignedName(signed, secret, from)
}

describe('a signed publish name', () => {
  it('is the HMAC of its canonical text', () => {
    const text = `sluice-publish-1\ndemo\n${EXPIRES}\n`
    const signature = createHmac('sha256', SECRET).update(text).digest('base64url')
    expect(renderSignedName(grant, SECRET)).toBe(`demo?expires=${EXPIRES}&sig=${signature}`)
    const bound = createHmac('sha256', SECRET).update(`${text}192.0.2.1`).digest('base64url')
    expect(renderSignedName({ ...grant, address: '::ffff:192.0.2.1' }, SECRET)).toBe(
      `demo?expires=${EXPIRES}&address=192.0.2.1&sig=${bound}`,
    )
  })

  it('is worth something until it expires', () => {
    const name = renderSignedName(grant, SECRET)
    expect(check(name)).toBeUndefined()
    expect(check(name, { ...bearer, seconds: EXPIRES - 0.001 })).toBeUndefined()
    expect(check(name, { ...bearer, seconds: EXPIRES })).toBe('expired')
  })

  it('may be for one address, in whatever spelling', () => {
    const name = renderSignedName({ ...grant, address: '2001:DB8:0::1' }, SECRET)
    expect(check(name, { ...bearer, address: '2001:db8::1' })).toBeUndefined()
    expect(check(name, { ...bearer, address: '2001:db8::2' })).toBe('wrong-address')
    expect(check(name, { ...bearer, address: 'unknown' })).toBe('wrong-address')
    const old = renderSignedName({ ...grant, address: '192.0.2.1' }, SECRET)
    expect(check(old, { ...bearer, address: '::ffff:192.0.2.1' })).toBeUndefined()
  })

  it('may have other parameters around it, of which the first of a name counts', () => {
    const name = renderSignedName(grant, SECRET)
    expect(check(`${name}&bandwidthtest=true`)).toBeUndefined()
    expect(check(`${name}&expires=9999999999&sig=x`)).toBeUndefined()
    expect(check(name.replace('?', '?expires=9999999999&'))).toBe('forged')
  })

  const bound = renderSignedName({ ...grant, address: '192.0.2.1' }, SECRET)
  it.each([
    ['another stream', bound.replace('demo', 'other')],
    ['a later expiry', bound.replace(String(EXPIRES), String(EXPIRES + 1))],
    ['an expiry in another spelling', bound.replace(String(EXPIRES), `0${EXPIRES}`)],
    ['an expiry that is no number', bound.replace(String(EXPIRES), 'never')],
    ['another address', bound.replace('192.0.2.1', '192.0.2.2')],
    ['no address', bound.replace('&address=192.0.2.1', '')],
    ['the address with the expiry', bound.replace('&address=', '%0A')],
    ['a shorter signature', bound.slice(0, -1)],
    ['a longer signature', `${bound}A`],
    ['a padded signature', `${bound}=`],
    ['an empty signature', bound.replace(/sig=.*/, 'sig=')],
    ['a signature in another alphabet', bound.replace(/sig=.*/, `sig=${'ü'.repeat(43)}`)],
  ])('is forged with %s', (_, name) => {
    expect(name).not.toBe(bound)
    expect(check(name)).toBe('forged')
  })

  it('is forged when one bit of its signature is another, also where base64 would not see it', () => {
    const name = renderSignedName(grant, SECRET)
    const at = name.indexOf('sig=') + 4
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    for (let i = at; i < name.length; i++) {
      const other = alphabet[alphabet.indexOf(name[i] ?? '') ^ 1]
      expect(check(`${name.slice(0, i)}${other}${name.slice(i + 1)}`)).toBe('forged')
    }
  })

  it('is forged without or with another secret', () => {
    const signed = received(renderSignedName(grant, SECRET))
    expect(signed && checkSignedName(signed, undefined, bearer)).toBe('forged')
    expect(signed && checkSignedName(signed, 'another', bearer)).toBe('forged')
  })

  it('is incomplete when a shell cut it', () => {
    expect(check(`demo?expires=${EXPIRES}`)).toBe('incomplete')
    expect(check('demo?sig=abc')).toBe('incomplete')
  })

  it.each(['', 'bandwidthtest=true', 'signature=a&expiry=1', 'address=192.0.2.1'])(
    'is not what a query like %j makes',
    (query) => expect(readSignedName('demo', query)).toBeUndefined(),
  )
})
