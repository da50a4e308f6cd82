import fc from 'fast-check'
import { expect, it } from 'vitest'
import { checkSignedName, type PublishGrant, readSignedName, renderSignedName } from './signed-name.ts'
import { isStreamName } from './stream-name.ts'

const SECRET = 'a-signing-secret'

const grant: fc.Arbitrary<PublishGrant> = fc.record({
  stream: fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,62}$/),
  expires: fc.integer({ min: 1, max: 4_102_444_800 }),
  address: fc.option(fc.oneof(fc.ipV4(), fc.ipV6()), { nil: undefined }),
})

/** What the ingest makes of a name that was sent. Undefined where it is not let in. */
function admitted(
  name: string,
  from: { readonly address: string; readonly seconds: number },
): string | undefined {
  const at = name.indexOf('?')
  const stream = at < 0 ? name : name.slice(0, at)
  const signed = readSignedName(stream, at < 0 ? '' : name.slice(at + 1))
  return signed !== undefined && checkSignedName(signed, SECRET, from) === undefined ? stream : undefined
}

it('a signed name lets in for its stream, from its address, until it expires', () => {
  fc.assert(
    fc.property(grant, fc.ipV4(), (made, elsewhere) => {
      const name = renderSignedName(made, SECRET)
      const address = made.address ?? elsewhere
      expect(admitted(name, { address, seconds: made.expires - 1 })).toBe(made.stream)
      expect(admitted(name, { address, seconds: made.expires })).toBeUndefined()
      expect(admitted(name.replace(/.$/, ''), { address, seconds: 0 })).toBeUndefined()
    }),
  )
})

it('a name with any other text in any place lets in for nothing that was not granted', () => {
  fc.assert(
    fc.property(grant, fc.nat(), fc.nat({ max: 20 }), fc.string(), (made, place, gone, put) => {
      const name = renderSignedName(made, SECRET)
      const at = place % (name.length + 1)
      const changed = name.slice(0, at) + put + name.slice(at + gone)
      const address = made.address ?? '192.0.2.1'
      // What remains of the grant: a change may stand beside it, as another parameter.
      expect([undefined, made.stream]).toContain(admitted(changed, { address, seconds: made.expires - 1 }))
      expect(admitted(changed, { address, seconds: made.expires })).toBeUndefined()
    }),
  )
})

it('a name that nobody signed lets in for nothing, whatever it is', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (stream, query, address) => {
      expect(admitted(`${stream}?${query}`, { address, seconds: 0 })).toBeUndefined()
      expect(admitted(`${stream}?expires=9&sig=${query}`, { address, seconds: 0 })).toBeUndefined()
    }),
  )
})

it('grants that differ have names that differ', () => {
  fc.assert(
    fc.property(grant, grant, (a, b) => {
      fc.pre(isStreamName(a.stream) && JSON.stringify(a) !== JSON.stringify(b))
      const signatures = [a, b].map((each) => renderSignedName(each, SECRET).split('sig=')[1])
      const same = a.stream === b.stream && a.expires === b.expires
      // Two spellings of one address are one grant.
      expect(same || signatures[0] !== signatures[1]).toBe(true)
    }),
  )
})
