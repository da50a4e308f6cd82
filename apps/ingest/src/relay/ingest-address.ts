/** Where the other ingests of a cluster reach one. */
export interface IngestAddress {
  /** Of its feed server: `http://HOST:PORT`. */
  readonly url: string
  /** What they have to show there; as secret as the Redis that tells them. */
  readonly token: string
}

/** The text of a publish lease: the session that has the stream, and the ingest where it is. */
export function leaseText(session: string, { url, token }: IngestAddress): string {
  return `${session} ${url} ${token}`
}

/** The ingest that a lease is with; undefined for a text of another form. */
export function leaseAddress(text: string): IngestAddress | undefined {
  const [, url, token, ...more] = text.split(' ')
  return url === undefined || token === undefined || more.length > 0 ? undefined : { url, token }
}
