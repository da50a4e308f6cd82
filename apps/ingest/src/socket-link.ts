import type { Socket } from 'node:net'
import type { Link, LinkEvents } from './link.ts'
import type { Received } from './shared-buffer.ts'

/** Makes a socket give what it reads to `received`. */
export type Reading = (received: (bytes: Uint8Array) => void) => Received

/** How much may wait on a socket before its player counts as slow: three seconds of 5 Mbit/s, more than any usual keyframe. */
export const SOCKET_QUEUE_LIMIT: number = 2 << 20

/** A TCP or TLS socket as a link. */
export class SocketLink implements Link {
  readonly remoteAddress: string
  readonly socket: Socket
  readonly readNow: (() => boolean) | undefined
  readonly queueLimit: number = SOCKET_QUEUE_LIMIT
  #events: LinkEvents | undefined
  #idleMillis = 0

  constructor(read: Reading) {
    const { socket, readNow } = read((bytes) => this.#events?.received(bytes))
    this.socket = socket
    this.readNow = readNow
    this.remoteAddress = this.socket.remoteAddress ?? 'unknown'
  }

  get isOpen(): boolean {
    return this.socket.writable
  }

  get queued(): number {
    return this.socket.writableLength
  }

  attach(events: LinkEvents, idleMillis: number): void {
    this.#events = events
    this.#idleMillis = idleMillis
    const { socket } = this
    socket.setNoDelay(true)
    socket.setTimeout(idleMillis)
    // Not as the callback of setTimeout, which is called only once: a player is idle again and again.
    socket.on('timeout', () => events.idle())
    socket.on('error', (error) => events.broken(error.message))
    socket.on('close', () => events.closed(false))
  }

  write(bytes: Uint8Array): void {
    if (this.socket.writable) this.socket.write(bytes)
  }

  writeAll(parts: readonly Uint8Array[]): void {
    if (!this.socket.writable) return
    this.socket.cork()
    for (const part of parts) this.socket.write(part)
    this.socket.uncork()
  }

  pause(): void {
    this.socket.pause()
  }

  resume(): void {
    // While nothing was read, or it was not the socket that read, nobody was idle.
    if (!this.socket.destroyed) this.socket.setTimeout(this.#idleMillis)
    this.socket.resume()
  }

  end(): void {
    this.socket.end()
  }

  destroy(): void {
    this.socket.destroy()
  }
}
