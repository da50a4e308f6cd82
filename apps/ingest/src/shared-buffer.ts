import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net'

/** What libuv reads at a time. */
const SIZE = 64 * 1024

const shared = new Uint8Array(SIZE)

/** Of Node's own, without a public name. */
interface Handed {
  readonly handle: unknown
  readonly onread: OnReadOpts
}

/**
 * Takes over an accepted connection so that all of them read into the same buffer. Left to itself, Node allocates
 * 64 KiB for every read: at hundreds of messages a second that, and collecting it, is a sixth of what an ingest costs
 * (docs/adr/0011-shared-receive-buffer.md).
 *
 * @param accepted - from a server with `pauseOnConnect`; not to be used any more.
 * @param received - given what was read, borrowed until it returns.
 * @returns the connection; `pause` and `resume` work as usual, `data` events do not come.
 */
export function receiveShared(accepted: Socket, received: (bytes: Uint8Array) => void): Socket {
  const owner = accepted as { _handle?: unknown }
  // No public way leads from an accepted connection to `onread`. Without the private one bytes come as ever.
  if (typeof owner._handle !== 'object' || owner._handle === null) {
    accepted.on('data', received)
    return accepted
  }
  const options: SocketConstructorOpts & Handed = {
    handle: owner._handle,
    onread: {
      buffer: shared,
      callback: (size) => {
        received(shared.subarray(0, size))
        return true
      },
    },
  }
  owner._handle = null
  const socket = new Socket(options)
  // The server counts the connection that it accepted, and what went over it.
  Object.defineProperties(accepted, {
    bytesRead: { get: () => socket.bytesRead },
    bytesWritten: { get: () => socket.bytesWritten },
  })
  socket.once('close', () => accepted.destroy())
  return socket
}
