import type { Socket } from 'node:net'
import type { Link, LinkEvents } from './link.ts'

/** Makes a socket give what it reads to `received`. @returns the socket to use. */
export type Reading = (received: (bytes: Uint8Array) => void) => Socket

/** A TCP or TLS socket as a link. */
export class SocketLink implements Link {
  readonly remoteAddress: string
  readonly socket: Socket
  #events: LinkEvents | undefined

  constructor(read: Reading) {
    this.socket = read((bytes) => this.#events?.received(bytes))
    this.remoteAddress = this.socket.remoteAddress ?? 'unknown'
  }

  get isOpen(): boolean {
    return this.socket.writable
  }

  attach(events: LinkEvents, idleMillis: number): void {
    this.#events = events
    const { socket } = this
    socket.setNoDelay(true)
    socket.setTimeout(idleMillis, () => events.idle())
    socket.on('error', (error) => events.broken(error.message))
    socket.on('close', () => events.closed(false))
  }

  write(bytes: Uint8Array): void {
    if (this.socket.writable) this.socket.write(bytes)
  }

  pause(): void {
    this.socket.pause()
  }

  resume(): void {
    this.socket.resume()
  }

  end(): void {
    this.socket.end()
  }

  destroy(): void {
    this.socket.destroy()
  }
}
