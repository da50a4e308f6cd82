import type { Socket } from 'node:net'

/**
 * The connections of one server and what went over them. Sockets count their bytes by themselves, below TLS where there is TLS; nothing
 * is done while they come and go.
 */
export class ConnectionTally {
  readonly #open = new Set<Socket>()
  #opened = 0
  /** Of connections that are closed. */
  #received = 0
  #sent = 0

  /** A connection has come. */
  add(socket: Socket): void {
    this.#opened += 1
    this.#open.add(socket)
    socket.once('close', () => {
      this.#open.delete(socket)
      this.#received += socket.bytesRead
      this.#sent += socket.bytesWritten
    })
  }

  /** Those that are open. */
  get sockets(): ReadonlySet<Socket> {
    return this.#open
  }

  /** How many there have been. */
  get opened(): number {
    return this.#opened
  }

  get receivedBytes(): number {
    let bytes = this.#received
    for (const { bytesRead } of this.#open) bytes += bytesRead
    return bytes
  }

  get sentBytes(): number {
    let bytes = this.#sent
    for (const { bytesWritten } of this.#open) bytes += bytesWritten
    return bytes
  }
}
