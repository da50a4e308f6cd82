import type { Socket } from 'node:net'

/** What was sent before a connection broke lies in the kernel and is read within moments; then the socket goes, in milliseconds. */
const GRACE_MILLIS = 1_000

/**
 * Lets what a client has sent be read although nothing can be written to it any more.
 *
 * Clients built on librtmp never read the answers to what they publish through a tunnel. They send their goodbye and close, which
 * resets the connection because of the answers that wait there. An answer on its way at that moment fails, and Node destroys a socket at
 * the first write that fails: the goodbye, which the kernel holds, would never be read.
 */
export function readToEnd(socket: Socket): void {
  const destroy = socket.destroy.bind(socket)
  let grace: NodeJS.Timeout | undefined
  socket.destroy = (error?: Error) => {
    if (!isFailedWrite(error)) return destroy(error)
    // The write has taken the news of the reset: to the reader nothing says any more that this is the end.
    grace ??= setTimeout(() => destroy(error), GRACE_MILLIS).unref()
    return socket
  }
  socket.once('close', () => clearTimeout(grace))
}

function isFailedWrite(error: (Error & { readonly syscall?: string }) | undefined): boolean {
  return error?.syscall === 'write'
}
