import { isStreamName } from '@sluice/cluster'

/** What the upgrade of an HTTP connection to a relay is called. */
export const RELAY_PROTOCOL = 'sluice-relay'

/** A publisher that an ingest wants to pass on. */
export interface RelayRequest {
  readonly stream: string
  readonly remoteAddress: string
  /** What the client calls itself. */
  readonly client: string | undefined
  /** Who logged in by password; undefined where nobody did. */
  readonly user: string | undefined
  /** It knows what to do when it is asked to reconnect. */
  readonly canReconnect: boolean
}

/** Characters of a client's own words that are passed on: a request's first line has a limit. */
const CLIENT_CHARACTERS = 256

/** The target of the HTTP request for a relay: a path with a query. */
export function relayTarget({ stream, remoteAddress, client, user, canReconnect }: RelayRequest): string {
  const query = new URLSearchParams({ remote: remoteAddress, reconnect: String(canReconnect) })
  if (client !== undefined) query.set('client', client.slice(0, CLIENT_CHARACTERS))
  if (user !== undefined) query.set('user', user)
  return `/relay/${stream}?${query.toString()}`
}

/** Reads what `relayTarget` made; undefined for any other target. */
export function readRelayTarget(target: string): RelayRequest | undefined {
  const match = /^\/relay\/([^/?]+)\?(.*)$/s.exec(target)
  const [, stream = '', text = ''] = match ?? []
  const query = new URLSearchParams(text)
  const remoteAddress = query.get('remote')
  if (!isStreamName(stream) || remoteAddress === null) return undefined
  return {
    stream,
    remoteAddress,
    client: query.get('client') ?? undefined,
    user: query.get('user') ?? undefined,
    canReconnect: query.get('reconnect') === 'true',
  }
}
