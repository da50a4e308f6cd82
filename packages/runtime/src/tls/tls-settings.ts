import type { SecureContextOptions, Server } from 'node:tls'
import type { Logger } from '../log/logger.ts'
import type { CertificateSource } from './certificate.ts'
import { tlsFailure } from './tls-failure.ts'

/** How listeners that speak TLS do so. */
export interface TlsSettings {
  readonly certificate: CertificateSource
  /**
   * Offer TLS 1.3, not only 1.2. Programs built on librtmp lose their connection to the session tickets that come with 1.3,
   * and Node cannot leave these out.
   */
  readonly tls13: boolean
}

/**
 * Gives a server its certificate, now and whenever that is renewed, and logs clients that cannot speak TLS with it.
 *
 * @param code - first part of the codes of log lines: `ingest.rtmps` for `ingest.rtmps.not_tls`.
 * @returns what ends it.
 */
export function secure(code: string, server: Server, tls: TlsSettings, log: Logger): () => void {
  const renew = (): void => server.setSecureContext(contextOf(tls))
  renew()
  server.on('tlsClientError', (error, socket) => {
    const { level, name, message } = tlsFailure(error)
    log[level]({ code: `${code}.${name}`, remote: socket.remoteAddress, err: error.message }, message)
    socket.destroy()
  })
  return tls.certificate.subscribe(renew)
}

function contextOf({ certificate, tls13 }: TlsSettings): SecureContextOptions {
  const { cert, key } = certificate.current
  return { cert, key, minVersion: 'TLSv1.2', maxVersion: tls13 ? 'TLSv1.3' : 'TLSv1.2' }
}
