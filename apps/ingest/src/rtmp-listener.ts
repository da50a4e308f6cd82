import { createServer } from 'node:net'
import { receiveShared } from './shared-buffer.ts'
import { type ListenerOptions, listen, type PortListener, SocketConnections } from './socket-listener.ts'

/** Listens for publishers. @throws {DependencyError} `ingest.rtmp.listen` with what to do about it. */
export async function startRtmpListener(options: ListenerOptions): Promise<PortListener> {
  const connections = new SocketConnections(options)
  const server = createServer({ noDelay: true, keepAlive: true, pauseOnConnect: true }, (accepted) =>
    connections.open((received) => receiveShared(accepted, received)),
  )
  return listen('rtmp', server, options, connections)
}
