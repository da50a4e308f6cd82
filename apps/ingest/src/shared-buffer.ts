import { readSync } from 'node:fs'
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net'

/** What libuv reads at a time. */
const SIZE = 64 * 1024
/** How often libuv reads in succession from one socket before others get their turn. */
const MOST_READS = 32

const shared = new Uint8Array(SIZE)

/** Of Node's own, without a public name. */
interface Handed {
  readonly handle: Handle
  readonly onread: OnReadOpts
}

interface Handle {
  /** File descriptor; -1 when it is closed, undefined where the system has none. */
  readonly fd?: number
}

/** A connection whose bytes come to whoever took it over. */
export interface Received {
  /** `pause` and `resume` work as usual, `data` events do not come. */
  readonly socket: Socket
  /**
   * Reads what is there, of a paused socket, without having been told that there is something; undefined where that
   * cannot be done. Not where the end or a fault is: the socket tells of these.
   *
   * @returns false when there was nothing.
   */
  readonly readNow?: () => boolean
}

/**
 * Takes over an accepted connection so that all of them read into the same buffer. Left to itself, Node allocates
 * 64 KiB for every read: at hundreds of messages a second that, and collecting it, is a sixth of what an ingest costs
 * (docs/adr/0011-shared-receive-buffer.md).
 *
 * @param accepted - from a server with `pauseOnConnect`; not to be used any more.
 * @param received - given what was read, borrowed until it returns.
 */
export function receiveShared(accepted: Socket, received: (bytes: Uint8Array) => void): Received {
  const owner = accepted as { _handle?: Handle | null }
  // No public way leads from an accepted connection to `onread`. Without the private one bytes come as ever.
  const handle = owner._handle
  if (typeof handle !== 'object' || handle === null) return { socket: accepted.on('data', received) }
  const options: SocketConstructorOpts & Handed = {
    handle,
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
  let fetched = 0
  // The server counts the connection that it accepted, and what went over it.
  Object.defineProperties(accepted, {
    bytesRead: { get: () => socket.bytesRead + fetched },
    bytesWritten: { get: () => socket.bytesWritten },
  })
  socket.once('close', () => accepted.destroy())
  if (handle.fd === undefined) return { socket }
  const readNow = (): boolean => {
    let [reads, size] = [0, SIZE]
    for (; size === SIZE && reads < MOST_READS; reads++) {
      size = fetch(socket, handle.fd ?? -1)
      if (size === 0) break
      fetched += size
      received(shared.subarray(0, size))
    }
    return reads > 0
  }
  return { socket, readNow }
}

/** Reads into the shared buffer. @returns bytes read; 0 where there are none, or what is there is for the socket itself to find. */
function fetch(socket: Socket, descriptor: number): number {
  if (descriptor < 0 || socket.destroyed) return 0
  try {
    return readSync(descriptor, shared)
  } catch (error) {
    // A fault is told once: the socket would not hear of it any more.
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') socket.destroy(error as Error)
    return 0
  }
}
