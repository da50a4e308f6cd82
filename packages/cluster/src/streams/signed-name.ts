import { readIpAddress } from './ip-address.ts'
import { isSignature, signText } from './signature.ts'

/** The right to publish a stream for a while. */
export interface PublishGrant {
  readonly stream: string
  /** Seconds since the epoch: the first second in which it is worth nothing. */
  readonly expires: number
  /** The one address that may use it; undefined: any. */
  readonly address: string | undefined
}

/** A publish name that claims to be signed, in the very texts that were sent. */
export interface SignedName {
  readonly stream: string
  readonly expires: string | undefined
  readonly address: string | undefined
  readonly signature: string | undefined
}

/** What is wrong with a signed name; nothing is said of a name that was forged. */
export type SignedNameFault = 'incomplete' | 'forged' | 'expired' | 'wrong-address'

/**
 * What a publisher sends as the stream name: `NAME?expires=UNIX&sig=…`, with `&address=…` between them where the
 * grant is for one address. Needs no escaping in a URL, but quotes in a shell.
 *
 * @param secret - the stream's signing secret.
 */
export function renderSignedName(grant: PublishGrant, secret: string): string {
  const expires = String(grant.expires)
  const address =
    grant.address === undefined ? undefined : (readIpAddress(grant.address)?.text ?? grant.address)
  const signature = signText(secret, textOf(grant.stream, expires, address))
  return `${grant.stream}?expires=${expires}${address === undefined ? '' : `&address=${address}`}&sig=${signature}`
}

/**
 * @param query - of the publish name, without `?`; the first of a parameter counts.
 * @returns undefined when the name does not claim to be signed.
 */
export function readSignedName(stream: string, query: string): SignedName | undefined {
  const parameters = new URLSearchParams(query)
  if (!parameters.has('expires') && !parameters.has('sig')) return undefined
  return {
    stream,
    expires: parameters.get('expires') ?? undefined,
    address: parameters.get('address') ?? undefined,
    signature: parameters.get('sig') ?? undefined,
  }
}

/**
 * Whether a signed name lets its bearer publish. The signature comes first: of what was not signed here, nothing is
 * believed, and a changed expiry is a forgery rather than an expired name.
 *
 * @param secret - the stream's; undefined where it never had one, or is no stream at all.
 * @param bearer - the publisher's address as its socket says it, and the time in seconds since the epoch.
 * @returns undefined when it does.
 */
export function checkSignedName(
  name: SignedName,
  secret: string | undefined,
  bearer: { readonly address: string; readonly seconds: number },
): SignedNameFault | undefined {
  const { stream, expires, address, signature } = name
  if (expires === undefined || signature === undefined) return 'incomplete'
  if (secret === undefined || !isSignature(signature, secret, textOf(stream, expires, address)))
    return 'forged'
  if (bearer.seconds >= Number(expires)) return 'expired'
  if (address !== undefined && readIpAddress(bearer.address)?.text !== address) return 'wrong-address'
  return undefined
}

/** What is signed: four lines. Neither a stream's name nor a number nor an address holds a line break, so no two grants have one text. */
function textOf(stream: string, expires: string, address: string | undefined): string {
  return `sluice-publish-1\n${stream}\n${expires}\n${address ?? ''}`
}
