import { type AddressInfo, Server, type Socket } from 'node:net'
import { ConnectionTally } from '@sluice/metrics'
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
  readonly tally: ConnectionTally
  /** Accepts no more connections; those that are there go on. */
  refuse(): void
}

/** Time that connections have to say their last words when a listener stops, in milliseconds. */
const STOP_MILLIS = 500

/** The RTMP connections that come over the sockets of one server. */
export class SocketConnections implements Closing {
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

  /** Ends all of them when what is owed has left. */
  close(): void {
    for (const socket of this.#sockets) socket.destroySoon()
  }

  /** Cuts those that are left. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }
}

/** What becomes of a server's connections when it stops. */
export interface Closing {
  /** Lets what is owed leave. */
  close(): void
  /** Cuts what is left, half a second later. */
  cut(): void
}

/**
 * Makes a server listen, with limits on its connections.
 *
 * @param closing - called when the listener stops, or cannot begin; connections that never came so far as to be known to it are cut too.
 * @throws {DependencyError} `ingest.NAME.listen` with what to do about it.
 */
export async function listen(
  name: Listener,
  server: Server,
  options: ListenerOptions,
  closing: Closing,
): Promise<PortListener> {
  const { host, port, hub, log, maxConnections = 2_000 } = options
  limitConnections(server, hub.addresses, log)
  const tally = new ConnectionTally()
  // Not the server's own `maxConnections`: with it a process of a cluster hands connections back, and where all are full they go round
  // without end.
  server.prependListener('connection', (socket: Socket) => {
    if (tally.sockets.size >= maxConnections) {
      log.warn({ code: `ingest.${name}.too_many_connections` }, 'a connection was refused: too many')
      socket.destroy()
      return
    }
    tally.add(socket)
  })
  await new Promise<void>((resolve, reject) => {
    const failed = (error: Error): void => {
      closing.close()
      reject(listenError(name, host, port, error))
    }
    server.once('error', failed)
    server.listen(port, host, () => {
      server.off('error', failed)
      resolve()
    })
  })
  server.on('error', (error) =>
    log.error({ code: `ingest.${name}.accept`, err: error.message }, 'a connection could not be accepted'),
  )
  return {
    port: (server.address() as AddressInfo).port,
    tally,
    // An HTTP server's own `close` also cuts the connections that a tunnel does not use at this moment.
    refuse: () => void Server.prototype.close.call(server),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        closing.close()
        setTimeout(() => {
          closing.cut()
          for (const socket of tally.sockets) socket.destroy()
        }, STOP_MILLIS).unref()
      }),
  }
}
