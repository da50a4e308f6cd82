import type { Http2SecureServer, SecureServerOptions } from 'node:http2'
import type { Socket } from 'node:net'
import { type CertificateSource, type Logger, secure } from '@sluice/runtime'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { KEEP_ALIVE_MILLIS, REQUEST_MILLIS } from './connections.ts'
import { ORIGIN_CERTIFICATE } from './origin-certificate.ts'
import { prepared, serverOptions } from './server.ts'

/** Once the server closes or a session ends, answers under way have this long, in milliseconds. */
const CLOSE_MILLIS = 500
const HANDSHAKE_MILLIS = 10_000

/**
 * What one connection may ask of the server. A player has a handful of requests under way at once, with some hundred bytes
 * of headers each. A client that opens streams only to reset them (CVE-2023-44487) is disconnected by nghttp2's own limit,
 * 1 000 at once and 33 a second from then on.
 */
const HTTP2_LIMITS: SecureServerOptions = {
  settings: { maxConcurrentStreams: 100, maxHeaderListSize: 16_384, enablePush: false },
  maxHeaderListPairs: 64,
  maxSessionInvalidFrames: 100,
  maxSessionRejectedStreams: 100,
  // Megabytes. Of each answer under way 64 KiB wait, and what waits counts.
  maxSessionMemory: 16,
}

/**
 * The HTTPS server without its routes: HTTP/2 for clients that offer it, HTTP/1.1 for the others.
 *
 * @param certificate - renewed without a restart; connections that exist keep theirs.
 */
export function createTlsServer(log: Logger, certificate: CertificateSource): FastifyInstance {
  // Requests and answers of HTTP/2 have, in Node's compatibility API, all that the origin uses of the others'.
  const app = Fastify({
    ...(serverOptions(log) as unknown as FastifyServerOptions<Http2SecureServer>),
    http2: true,
    https: { ...HTTP2_LIMITS, allowHTTP1: true, handshakeTimeout: HANDSHAKE_MILLIS },
    http2SessionTimeout: KEEP_ALIVE_MILLIS,
  })
  const { server } = app
  // Node reads these of any server that speaks HTTP/1.1; its types know them of others only.
  Object.assign(server, { keepAliveTimeout: KEEP_ALIVE_MILLIS, requestTimeout: REQUEST_MILLIS })
  const release = secure(ORIGIN_CERTIFICATE.code, server, { certificate, tls13: true }, log)
  // Fastify asks a session without traffic to end. One whose client reads nothing any more does not hear it.
  server.on('session', (session) => {
    session.on('timeout', () => setTimeout(() => session.destroy(), CLOSE_MILLIS))
  })
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  app.addHook('preClose', async () => {
    release()
    // Sessions are asked to end by Fastify; neither those nor connections that never became one are waited for longer.
    setTimeout(() => {
      for (const socket of sockets) socket.destroy()
    }, CLOSE_MILLIS)
  })
  return prepared(app as unknown as FastifyInstance, log)
}
