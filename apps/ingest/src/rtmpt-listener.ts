import { createServer as createHttpServer, type Server, type ServerOptions } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { TunnelLimits } from '@sluice/rtmp'
import { type Logger, secure, type TlsSettings } from '@sluice/runtime'
import { readToEnd } from './read-to-end.ts'
import { type ListenerOptions, listen, type PortListener } from './socket-listener.ts'
import { TunnelServer } from './tunnel-server.ts'
import { strangerToHttp } from './wrong-protocol.ts'

export interface RtmptListenerOptions extends ListenerOptions {
  /** Default `DEFAULT_TUNNEL_LIMITS`. */
  readonly tunnelLimits?: Partial<TunnelLimits>
}

const HTTP_OPTIONS: ServerOptions = {
  // A client that has nothing to send may not know how to connect again.
  keepAliveTimeout: 65_000,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 8_192,
  noDelay: true,
}

/**
 * Listens for publishers that tunnel RTMP through HTTP.
 *
 * @param tls - with it through HTTPS: RTMPTS.
 * @throws {DependencyError} `ingest.rtmpt.listen` or `ingest.rtmpts.listen` with what to do about it.
 */
export async function startRtmptListener(
  options: RtmptListenerOptions,
  tls?: TlsSettings,
): Promise<PortListener> {
  const name = tls === undefined ? 'rtmpt' : 'rtmpts'
  const { log } = options
  const tunnel = new TunnelServer(options, options.tunnelLimits)
  const { server, release } = tls === undefined ? plainServer() : secureServer(name, tls, log)
  server.on(tls === undefined ? 'connection' : 'secureConnection', readToEnd)
  server.on('request', (request, response) => tunnel.handle(request, response))
  refuseStrangers(name, server, log)
  return listen(name, server, options, {
    close: () => {
      release()
      tunnel.stop()
      server.closeIdleConnections()
    },
    cut: () => server.closeAllConnections(),
  })
}

interface HttpServer {
  readonly server: Server
  /** Ends what goes on beside it. */
  readonly release: () => void
}

function plainServer(): HttpServer {
  return { server: createHttpServer(HTTP_OPTIONS), release: () => undefined }
}

function secureServer(name: string, tls: TlsSettings, log: Logger): HttpServer {
  const server = createHttpsServer(HTTP_OPTIONS)
  return { server, release: secure(`ingest.${name}`, server, tls, log) }
}

/** Closes connections that do not speak HTTP, or too slowly. */
function refuseStrangers(name: string, server: Server, log: Logger): void {
  server.on('clientError', (error: Error & { readonly rawPacket?: Uint8Array }, socket) => {
    const [firstByte] = error.rawPacket ?? []
    const stranger = firstByte === undefined ? undefined : strangerToHttp(firstByte)
    const remote = 'remoteAddress' in socket ? socket.remoteAddress : undefined
    if (stranger === undefined) log.debug({ remote, err: error.message }, 'a request broke off')
    else log.warn({ code: `ingest.${name}.${stranger.name}`, remote }, `connection closed: ${stranger.what}`)
    if (stranger?.farewell === undefined) socket.destroy()
    else socket.end(stranger.farewell, () => socket.destroy())
  })
}
