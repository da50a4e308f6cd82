import { isIP, SocketAddress } from 'node:net'

/** An IP address in the one spelling in which it is compared. */
export interface IpAddress {
  readonly family: 'ipv4' | 'ipv6'
  /** Dotted for IPv4, as RFC 5952 §4 has it for IPv6. */
  readonly text: string
}

/** An IPv4 address that a dual-stack socket shows as an IPv6 one. RFC 4291 §2.5.5.2 */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/

/**
 * Reads an address as people and sockets write it: in any spelling, with a zone (`fe80::1%eth0`), or IPv4 in the
 * clothes of IPv6 (`::ffff:192.0.2.1`), which is an IPv4 address here.
 *
 * @returns undefined for what is no IP address.
 */
export function readIpAddress(text: string): IpAddress | undefined {
  const version = isIP(text)
  if (version === 4) return { family: 'ipv4', text }
  if (version !== 6) return undefined
  const address = text.replace(/%.*$/, '')
  const spelled = new SocketAddress({ address, family: 'ipv6' }).address
  const mapped = MAPPED.exec(spelled)?.[1]
  return mapped === undefined ? { family: 'ipv6', text: spelled } : { family: 'ipv4', text: mapped }
}

/**
 * Whom an address belongs to, as far as can be told: an IPv4 address by itself, an IPv6 address by its /64, which is
 * what one household or machine is given and can use up as it likes (RFC 6177).
 *
 * @returns the text itself for what is no IP address.
 */
export function networkOf(text: string): string {
  const address = readIpAddress(text)
  if (address === undefined) return text
  if (address.family === 'ipv4') return address.text
  const [head = '', tail] = address.text.split('::')
  const before = groups(head)
  const after = tail === undefined ? [] : groups(tail)
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`
}

/** The groups of a part of an IPv6 address; a dotted end counts as the two groups that it stands for. */
function groups(part: string): string[] {
  if (part === '') return []
  return part.split(':').flatMap((group) => (group.includes('.') ? ['0', '0'] : [group]))
}
