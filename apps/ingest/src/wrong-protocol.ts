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
