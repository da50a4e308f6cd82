/** A TLS handshake that failed, as an operator should hear of it. */
export interface TlsFailure {
  readonly level: 'warn' | 'debug'
  /** Last part of the code of its log line. */
  readonly name: string
  readonly message: string
}

/**
 * Why a client got no TLS connection.
 *
 * @param error - of the server's `tlsClientError`.
 */
export function tlsFailure(error: NodeJS.ErrnoException): TlsFailure {
  const code = error.code ?? ''
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_HTTP_REQUEST')
    return {
      level: 'warn',
      name: 'not_tls',
      message: 'connection closed: a client without TLS on a TLS port',
    }
  if (code === 'ERR_SSL_UNSUPPORTED_PROTOCOL')
    return {
      level: 'warn',
      name: 'tls_version',
      message: 'connection closed: the client wants a TLS older than 1.2',
    }
  if (code === 'ERR_SSL_NO_SHARED_CIPHER')
    return {
      level: 'warn',
      name: 'no_cipher',
      message: 'connection closed: client and server have no cipher in common',
    }
  if (code.includes('ALERT') && /CERTIFICATE|UNKNOWN_CA/.test(code))
    return {
      level: 'warn',
      name: 'untrusted',
      message: "connection closed: the client does not trust the server's certificate",
    }
  if (code === 'ERR_TLS_HANDSHAKE_TIMEOUT')
    return {
      level: 'warn',
      name: 'handshake_timeout',
      message: 'connection closed: no TLS handshake in time',
    }
  // Scanners and clients that went away.
  return { level: 'debug', name: 'handshake', message: 'a TLS handshake failed' }
}
