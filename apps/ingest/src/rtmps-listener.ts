import { createServer } from 'node:tls'
import {
  type ListenerOptions,
  listen,
  type PortListener,
  SocketConnections,
  unlisten,
} from './socket-listener.ts'
import { secure, type TlsSettings } from './tls-settings.ts'

/**
 * Listens for publishers that speak RTMP over TLS.
 *
 * @param tls - its certificate is renewed without a restart; connections that exist keep theirs.
 * @throws {DependencyError} `ingest.rtmps.listen` with what to do about it.
 */
export async function startRtmpsListener(options: ListenerOptions, tls: TlsSettings): Promise<PortListener> {
  const connections = new SocketConnections(options)
  const server = createServer({ noDelay: true, keepAlive: true }, (socket) =>
    connections.open((received) => socket.on('data', received)),
  )
  const release = secure('rtmps', server, tls, options.log)
  return {
    port: await listen('rtmps', server, options),
    stop: () => {
      release()
      const stopped = unlisten(server)
      connections.close()
      return stopped
    },
  }
}
