import { createServer } from 'node:tls'
import { secure, type TlsSettings } from '@sluice/runtime'
import { DEFAULT_TIMEOUTS } from './rtmp-connection.ts'
import { RTMPS_CERTIFICATE } from './rtmps-certificate.ts'
import { type ListenerOptions, listen, type PortListener, SocketConnections } from './socket-listener.ts'

/**
 * Listens for publishers that speak RTMP over TLS.
 *
 * @param tls - its certificate is renewed without a restart; connections that exist keep theirs.
 * @throws {DependencyError} `ingest.rtmps.listen` with what to do about it.
 */
export async function startRtmpsListener(options: ListenerOptions, tls: TlsSettings): Promise<PortListener> {
  const connections = new SocketConnections(options)
  const { handshake } = options.timeouts ?? DEFAULT_TIMEOUTS
  const server = createServer({ noDelay: true, keepAlive: true, handshakeTimeout: handshake }, (socket) =>
    connections.open((received) => ({ socket: socket.on('data', received) })),
  )
  const release = secure(RTMPS_CERTIFICATE.code, server, tls, options.log)
  return listen('rtmps', server, options, {
    close: () => {
      release()
      connections.close()
    },
    cut: () => connections.cut(),
  })
}
