import { describe, expect, it } from 'vitest'
import { networkOf, readIpAddress } from './ip-address.ts'

describe('an IP address', () => {
  it.each([
    ['192.0.2.1', 'ipv4', '192.0.2.1'],
    ['::ffff:192.0.2.1', 'ipv4', '192.0.2.1'],
    ['::FFFF:c000:0201', 'ipv4', '192.0.2.1'],
    ['0:0:0:0:0:ffff:192.0.2.1', 'ipv4', '192.0.2.1'],
    ['2001:DB8:0:0::1', 'ipv6', '2001:db8::1'],
    ['2001:0db8:0000:0000:0000:0000:0000:0001', 'ipv6', '2001:db8::1'],
    ['fe80::1%eth0', 'ipv6', 'fe80::1'],
    ['::1', 'ipv6', '::1'],
    ['::', 'ipv6', '::'],
  ])('%s is %s %s', (text, family, spelled) => {
    expect(readIpAddress(text)).toEqual({ family, text: spelled })
  })

  it.each([
    '',
    'unknown',
    '192.0.2',
    '192.0.2.256',
    '192.0.2.1:1935',
    '[::1]',
    '::ffff:1.2.3.4.5',
    '1::2::3',
  ])('%j is none', (text) => expect(readIpAddress(text)).toBeUndefined())
})

describe('the network of an address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:db8::2:0:0:1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['64:ff9b::192.0.2.33', '64:ff9b:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['unknown', 'unknown'],
  ])('of %s is %s', (text, network) => {
    expect(networkOf(text)).toBe(network)
  })
})
