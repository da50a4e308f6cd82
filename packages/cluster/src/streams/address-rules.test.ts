import { describe, expect, it } from 'vitest'
import { addressVerdict, checkAddressRules, MOST_ADDRESS_RANGES } from './address-rules.ts'

describe('address rules', () => {
  it('let everybody publish where there are none', () => {
    const rules = { allow: [], deny: [] }
    for (const address of ['192.0.2.1', '2001:db8::1', 'unknown'])
      expect(addressVerdict(rules, address)).toBe('allowed')
  })

  it.each([
    ['192.0.2.0/24', '192.0.2.255', true],
    ['192.0.2.0/24', '192.0.3.0', false],
    ['192.0.2.77/24', '192.0.2.1', true],
    ['192.0.2.1', '192.0.2.1', true],
    ['192.0.2.1', '192.0.2.2', false],
    ['192.0.2.0/24', '::ffff:192.0.2.1', true],
    ['192.0.2.0/24', '::ffff:c000:201', true],
    ['::ffff:192.0.2.0/120', '192.0.2.1', true],
    ['::ffff:192.0.2.0/120', '192.0.3.1', false],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1', true],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '2001:db8::1', true],
    ['::/0', '203.0.113.9', false],
    ['::/0', '::ffff:203.0.113.9', false],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['2001:DB8:0:0::1', '2001:db8::1', true],
    ['fe80::/10', 'fe80::1%eth0', true],
  ])('%s holds %s: %s', (range, address, held) => {
    expect(addressVerdict({ allow: [range], deny: [] }, address)).toBe(held ? 'allowed' : 'not-allowed')
    expect(addressVerdict({ allow: [], deny: [range] }, address)).toBe(held ? 'denied' : 'allowed')
  })

  it('look at what is denied first', () => {
    const rules = { allow: ['192.0.2.0/24', '2001:db8::/32'], deny: ['192.0.2.128/25'] }
    expect(addressVerdict(rules, '192.0.2.1')).toBe('allowed')
    expect(addressVerdict(rules, '2001:db8::1')).toBe('allowed')
    expect(addressVerdict(rules, '192.0.2.200')).toBe('denied')
    expect(addressVerdict(rules, '198.51.100.1')).toBe('not-allowed')
    expect(addressVerdict({ allow: ['192.0.2.1'], deny: ['192.0.2.1'] }, '192.0.2.1')).toBe('denied')
  })

  it('do not let in whose address nobody knows', () => {
    expect(addressVerdict({ allow: ['0.0.0.0/0', '::/0'], deny: [] }, 'unknown')).toBe('not-allowed')
    expect(addressVerdict({ allow: [], deny: ['192.0.2.1'] }, 'unknown')).toBe('not-allowed')
  })

  it.each([
    '',
    '/',
    '/8',
    'example.org',
    '192.0.2',
    '192.0.2.1/',
    '192.0.2.1/33',
    '192.0.2.1/-1',
    '192.0.2.1/8/8',
    '192.0.2.1/255.255.255.0',
    ' 192.0.2.1',
    '2001:db8::/129',
    '::ffff:192.0.2.1/95',
    'fe80::1%eth0',
    '[::1]',
  ])('refuse the entry %j', (range) => {
    for (const list of ['allow', 'deny'] as const) {
      const check = (): void => checkAddressRules({ [list]: ['192.0.2.1', range] })
      expect(check).toThrow(`publishFrom.${list}: ${JSON.stringify(range)} is no address`)
      expect(check).toThrow(
        expect.objectContaining({
          name: 'ProtocolError',
          code: 'cluster.stream.bad_address_range',
          details: { field: `publishFrom.${list}` },
        }),
      )
    }
  })

  it('are bounded', () => {
    const allow = Array.from({ length: MOST_ADDRESS_RANGES }, (_, i) => `192.0.2.${i}`)
    checkAddressRules({ allow })
    expect(() => checkAddressRules({ allow: [...allow, '::1'] })).toThrow(
      '101 entries are too many; allowed: 100',
    )
  })
})
