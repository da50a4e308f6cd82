const HTTP_TEXT =
  'This port speaks RTMP: publish to rtmp://HOST:PORT/live. Watch pages and playlists are elsewhere.\n'

const HTTP_ANSWER: Uint8Array = Buffer.from(
  `HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${HTTP_TEXT.length}\r\n` +
    `Connection: close\r\n\r\n${HTTP_TEXT}`,
)

/** A fatal alert, protocol_version, in a TLS 1.2 record. RFC 5246 §7.2 */
const TLS_ALERT: Uint8Array = Uint8Array.of(0x15, 3, 3, 0, 2, 2, 70)

/**
 * What a client of another protocol understands, so that it says why instead of "connection closed".
 *
 * @param code - of the error that ended the handshake.
 * @returns undefined where there is nothing to say.
 */
export function farewellTo(code: string): Uint8Array | undefined {
  switch (code) {
    case 'rtmp.handshake.http':
      return HTTP_ANSWER
    case 'rtmp.handshake.tls':
      return TLS_ALERT
    default:
      return undefined
  }
}

/** A client that does not speak HTTP where it should. */
export interface Stranger {
  /** Last part of the code of its log line. */
  readonly name: string
  readonly what: string
  /** What it understands, if anything. */
  readonly farewell: Uint8Array | undefined
}

/** Who comes to an RTMPT port with something else than HTTP, by the first byte of what could not be read. */
export function strangerToHttp(firstByte: number): Stranger {
  if (firstByte === 0x16)
    return { name: 'tls', what: 'a TLS client on a port for HTTP without TLS', farewell: TLS_ALERT }
  // C0 of RTMP and RTMPE.
  if (firstByte === 3 || firstByte === 6)
    return { name: 'rtmp', what: 'an RTMP client on a port for RTMP through HTTP', farewell: undefined }
  return { name: 'not_http', what: 'a client that does not speak HTTP', farewell: undefined }
}
