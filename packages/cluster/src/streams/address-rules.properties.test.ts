import fc from 'fast-check'
import { expect, it } from 'vitest'
import { addressVerdict, checkAddressRules } from './address-rules.ts'
import { networkOf, readIpAddress } from './ip-address.ts'

const words = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 })
const bytes = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 4, maxLength: 4 })

const bits = (values: readonly number[], width: number): string =>
  values.map((value) => value.toString(2).padStart(width, '0')).join('')
const long = (values: readonly number[]): string => values.map((value) => value.toString(16)).join(':')

it('an IPv4 range holds just the addresses that begin as it does, in every spelling', () => {
  fc.assert(
    fc.property(
      bytes,
      bytes,
      fc.integer({ min: 0, max: 32 }),
      fc.nat({ max: 32 }),
      (range, other, prefix, kept) => {
        // An address that shares its first bits with the range more often than by chance.
        const shared = bits(range, 8).slice(0, kept) + bits(other, 8).slice(kept)
        const address = [0, 8, 16, 24].map((at) => Number.parseInt(shared.slice(at, at + 8), 2))
        const held = shared.slice(0, prefix) === bits(range, 8).slice(0, prefix)
        for (const text of [address.join('.'), `::ffff:${address.join('.')}`])
          for (const rule of [`${range.join('.')}/${prefix}`, `::ffff:${range.join('.')}/${prefix + 96}`])
            expect(addressVerdict({ allow: [], deny: [rule] }, text)).toBe(held ? 'denied' : 'allowed')
      },
    ),
  )
})

it('an IPv6 range holds just the addresses that begin as it does', () => {
  fc.assert(
    fc.property(
      words,
      words,
      fc.integer({ min: 0, max: 128 }),
      fc.nat({ max: 128 }),
      (range, other, prefix, kept) => {
        const shared = bits(range, 16).slice(0, kept) + bits(other, 16).slice(kept)
        const address = long(
          Array.from({ length: 8 }, (_, i) => Number.parseInt(shared.slice(i * 16, i * 16 + 16), 2)),
        )
        fc.pre([long(range), address].every((text) => readIpAddress(text)?.family === 'ipv6'))
        const held = shared.slice(0, prefix) === bits(range, 16).slice(0, prefix)
        expect(addressVerdict({ allow: [`${long(range)}/${prefix}`], deny: [] }, address)).toBe(
          held ? 'allowed' : 'not-allowed',
        )
        expect(networkOf(address)).toBe(`${address.split(':').slice(0, 4).join(':')}::/64`)
      },
    ),
  )
})

it('whatever text an entry or an address is: an entry is refused by name or can be used', () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f:./%]{0,30}$/))
  fc.assert(
    fc.property(text, text, (entry, address) => {
      let refusal: unknown
      try {
        checkAddressRules({ deny: [entry] })
      } catch (error) {
        refusal = error
      }
      const codes = [undefined, 'cluster.stream.bad_address_range']
      expect(codes).toContain(refusal === undefined ? undefined : (refusal as { code?: string }).code)
      expect(['allowed', 'denied', 'not-allowed']).toContain(
        addressVerdict({ allow: [], deny: [entry] }, address),
      )
      expect(networkOf(address)).not.toBeUndefined()
    }),
  )
})
