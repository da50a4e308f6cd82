import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { RtmpLimits } from '@sluice/rtmp'
import type { Logger, Stoppable } from '@sluice/runtime'
import type { Hub } from './hub.ts'
import { listenError } from './listen-error.ts'
import { type ConnectionTimeouts, DEFAULT_TIMEOUTS, RtmpConnection } from './rtmp-connection.ts'
import { receiveShared } from './shared-buffer.ts'

export interface RtmpListenerOptions {
  readonly host: string
  readonly port: number
  readonly hub: Hub
  readonly log: Logger
  readonly limits?: Partial<RtmpLimits>
  readonly timeouts?: ConnectionTimeouts
  /** Connections at a time; more are closed at once. Default 2 000. */
  readonly maxConnections?: number
}

export interface RtmpListener extends Stoppable {
  readonly port: number
}

/** Listens for publishers. @throws {DependencyError} `ingest.rtmp.listen` with what to do about it. */
export async function startRtmpListener(options: RtmpListenerOptions): Promise<RtmpListener> {
  const { host, port, hub, log } = options
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true, keepAlive: true, pauseOnConnect: true }, (accepted) => {
    const socket = receiveShared(accepted, (bytes) => connection.receive(bytes))
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    const connection = new RtmpConnection({
      socket,
      hub,
      limits: options.limits ?? {},
      timeouts: options.timeouts ?? DEFAULT_TIMEOUTS,
      log,
    })
  })
  server.maxConnections = options.maxConnections ?? 2_000
  server.on('drop', () =>
    log.warn({ code: 'ingest.rtmp.too_many_connections' }, 'a connection was refused: too many'),
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError('rtmp', host, port, error)))
    server.listen(port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroySoon()
        setTimeout(() => {
          for (const socket of sockets) socket.destroy()
        }, 500).unref()
      }),
  }
}
