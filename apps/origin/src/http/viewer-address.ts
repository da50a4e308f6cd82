import type { IncomingMessage } from 'node:http'
import { type AddressRules, addressVerdict } from '@sluice/cluster'

/** Tells who a viewer is. */
export type ViewerAddress = (request: Pick<IncomingMessage, 'socket' | 'headers'>) => string

/**
 * The address of a viewer: that of the connection, or, where an edge that is trusted has it, the last one the edge added to
 * `X-Forwarded-For`. What anybody else says of himself is not believed.
 *
 * @param proxies - `origin.trustedProxies`: addresses and ranges with commas between them.
 */
export function viewerAddress(proxies: string | undefined): ViewerAddress {
  const allow = proxies?.split(',').map((each) => each.trim()) ?? []
  const rules: AddressRules = { allow, deny: [] }
  return ({ socket, headers }) => {
    const peer = socket.remoteAddress ?? ''
    const forwarded = headers['x-forwarded-for']
    if (allow.length === 0 || forwarded === undefined || addressVerdict(rules, peer) !== 'allowed')
      return peer
    return String(forwarded).split(',').at(-1)?.trim() ?? peer
  }
}
