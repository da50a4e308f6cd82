import type { AddressInfo, Server, Socket } from 'node:net'
import type { Stoppable } from '@sluice/runtime'
import { limitConnections } from './address-gate.ts'
import { type Listener, listenError } from './listen-error.ts'
import { type ConnectionSettings, RtmpConnection } from './rtmp-connection.ts'
import { type Reading, SocketLink } from './socket-link.ts'

export interface ListenerOptions extends ConnectionSettings {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  /** Connections at a time; more are closed at once. Default 2 000. */
  readonly maxConnections?: number
}

/** A listener that has its port. */
export interface PortListener extends Stoppable {
  readonly port: number
}

/** Time that connections have to say their last words when a listener stops, in milliseconds. */
const STOP_MILLIS = 500

/** The RTMP connections that come over the sockets of one server. */
export class SocketConnections {
  readonly #settings: ConnectionSettings
  readonly #sockets = new Set<Socket>()

  constructor(settings: ConnectionSettings) {
    this.#settings = settings
  }

  /** Begins a connection on a socket that was accepted. */
  open(read: Reading): RtmpConnection {
    const link = new SocketLink(read)
    this.#sockets.add(link.socket)
    link.socket.on('close', () => this.#sockets.delete(link.socket))
    return new RtmpConnection(link, this.#settings)
  }

  /** Ends all of them: what is owed leaves, and soon after they are cut. */
  close(): void {
    for (const socket of this.#sockets) socket.destroySoon()
    setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy()
    }, STOP_MILLIS).unref()
  }
}

/**
 * Makes a server listen.
 *
 * @returns the port it has.
 * @throws {DependencyError} `ingest.NAME.listen` with what to do about it.
 */
export async function listen(name: Listener, server: Server, options: ListenerOptions): Promise<number> {
  const { host, port, hub, log, maxConnections = 2_000 } = options
  limitConnections(server, hub.addresses, log)
  server.maxConnections = maxConnections
  server.on('drop', () =>
    log.warn({ code: `ingest.${name}.too_many_connections` }, 'a connection was refused: too many'),
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(name, host, port, error)))
    server.listen(port, host, resolve)
  })
  return (server.address() as AddressInfo).port
}

/** Stops listening. Resolves when the last connection is closed. */
export function unlisten(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
  })
}
