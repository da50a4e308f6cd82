import { BlockList } from 'node:net'
import { ProtocolError } from '@sluice/core'
import { type IpAddress, readIpAddress } from './ip-address.ts'

/** From where a stream may be published: addresses (`192.0.2.1`) and ranges of them (`2001:db8::/32`). */
export interface AddressRules {
  /** Who may publish; empty: everybody. */
  readonly allow: readonly string[]
  /** Who may not, whatever `allow` says. */
  readonly deny: readonly string[]
}

/** What the rules say of an address. */
export type AddressVerdict = 'allowed' | 'denied' | 'not-allowed'

/** Entries of one list: each publish reads them all. */
export const MOST_ADDRESS_RANGES = 100

/** Bits of an IPv6 address before the IPv4 address that it carries. */
const MAPPED_BITS = 96

interface AddressRange {
  readonly address: IpAddress
  readonly prefix: number
}

/**
 * @throws {ProtocolError} `cluster.stream.bad_address_range`, `cluster.stream.too_many_address_ranges`; `details.field`
 * is `publishFrom.allow` or `publishFrom.deny`.
 */
export function checkAddressRules(rules: Partial<AddressRules>): void {
  for (const list of ['allow', 'deny'] as const) {
    const ranges = rules[list] ?? []
    const details = { field: `publishFrom.${list}` }
    if (ranges.length > MOST_ADDRESS_RANGES)
      throw new ProtocolError(
        'cluster.stream.too_many_address_ranges',
        `publishFrom.${list}: ${ranges.length} entries are too many; allowed: ${MOST_ADDRESS_RANGES}`,
        { details },
      )
    for (const range of ranges)
      if (readRange(range) === undefined)
        throw new ProtocolError(
          'cluster.stream.bad_address_range',
          `publishFrom.${list}: ${JSON.stringify(range.slice(0, 100))} is no address; use one such as 192.0.2.1 or 2001:db8::1, or a range such as 192.0.2.0/24 or 2001:db8::/32`,
          { details },
        )
  }
}

/**
 * What rules that were checked say of an address. IPv4 and IPv6 are apart: `::/0` is no IPv4 address. An address that
 * cannot be read is not allowed where there are rules.
 *
 * @param address - as a socket says it: IPv4-mapped addresses are IPv4 addresses.
 */
export function addressVerdict(rules: AddressRules, address: string): AddressVerdict {
  if (rules.allow.length === 0 && rules.deny.length === 0) return 'allowed'
  const read = readIpAddress(address)
  if (read === undefined) return 'not-allowed'
  if (holds(rules.deny, read)) return 'denied'
  return rules.allow.length === 0 || holds(rules.allow, read) ? 'allowed' : 'not-allowed'
}

function holds(ranges: readonly string[], { family, text }: IpAddress): boolean {
  const list = new BlockList()
  for (const each of ranges) {
    const range = readRange(each)
    if (range?.address.family === family) list.addSubnet(range.address.text, range.prefix, family)
  }
  return list.check(text, family)
}

/** Undefined for what is no address and no range. A mapped range is the IPv4 range that it means. */
function readRange(text: string): AddressRange | undefined {
  const [written = '', bits, ...more] = text.split('/')
  const address = readIpAddress(written)
  if (address === undefined || written.includes('%') || more.length > 0) return undefined
  const most = address.family === 'ipv4' ? 32 : 128
  if (bits === undefined) return { address, prefix: most }
  if (!/^\d{1,3}$/.test(bits)) return undefined
  const mapped = address.family === 'ipv4' && written.includes(':')
  const prefix = mapped ? Number(bits) - MAPPED_BITS : Number(bits)
  return prefix >= 0 && prefix <= most ? { address, prefix } : undefined
}
