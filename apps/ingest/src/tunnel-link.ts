import { DEFAULT_TUNNEL_LIMITS, type Tunnel, type TunnelEvent } from '@sluice/rtmp'
import type { Link, LinkEvents } from './link.ts'

/** Half of what a tunnel owes at most. */
const QUEUE_LIMIT = DEFAULT_TUNNEL_LIMITS.owedBytes / 2

/** A session of an RTMPT tunnel as a link. */
export class TunnelLink implements Link {
  readonly remoteAddress: string
  readonly queueLimit: number = QUEUE_LIMIT
  readonly #id: string
  readonly #tunnel: Tunnel
  /** To be called when something may have come of what was asked of the tunnel. */
  readonly #changed: () => void
  #events: LinkEvents | undefined
  #idleMillis = Number.POSITIVE_INFINITY
  #lastHeard: number
  #isOpen = true

  /** @param now - milliseconds, of the clock that `checkIdle` is given. */
  constructor(tunnel: Tunnel, id: string, remoteAddress: string, changed: () => void, now: number) {
    this.#tunnel = tunnel
    this.#id = id
    this.remoteAddress = remoteAddress
    this.#changed = changed
    this.#lastHeard = now
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  get queued(): number {
    return this.#tunnel.owedBytes(this.#id)
  }

  attach(events: LinkEvents, idleMillis: number): void {
    this.#events = events
    this.#idleMillis = idleMillis
  }

  /** Bytes came for this session. */
  received(bytes: Uint8Array, now: number): void {
    this.#lastHeard = now
    this.#events?.received(bytes)
  }

  /** Tells of a client that asks and asks and sends nothing. */
  checkIdle(now: number): void {
    if (now - this.#lastHeard < this.#idleMillis) return
    this.#lastHeard = now
    this.#events?.idle()
  }

  /** The session is gone. */
  closed({ by }: Extract<TunnelEvent, { type: 'closed' }>): void {
    this.#isOpen = false
    this.#events?.closed(by === 'client')
  }

  write(bytes: Uint8Array): void {
    this.writeAll([bytes])
  }

  writeAll(parts: readonly Uint8Array[]): void {
    if (!this.#isOpen) return
    for (const part of parts) this.#tunnel.write(this.#id, part)
    this.#changed()
  }

  pause(): void {
    this.#tunnel.pause(this.#id)
  }

  resume(): void {
    this.#tunnel.resume(this.#id)
    this.#changed()
  }

  end(): void {
    this.#isOpen = false
    this.#tunnel.end(this.#id)
    this.#changed()
  }

  destroy(): void {
    this.#isOpen = false
    this.#tunnel.drop(this.#id)
    this.#changed()
  }
}
