import type { Redis } from 'ioredis'
import { reply } from './errors.ts'
import type { ClusterLog } from './log.ts'

/** Someone who listens to a channel. */
export interface ChannelListener {
  onMessage(message: string): void
  /** The connection was lost and is subscribed again: messages in between are gone. */
  onResubscribed?(): void
}

/** One connection that listens to any number of channels, each with any number of listeners. */
export class Subscriber {
  readonly #redis: Redis
  readonly #channels = new Map<string, Set<ChannelListener>>()

  /** @param redis - used for nothing else, connected, and with `autoResubscribe` off: this class does that. */
  constructor(redis: Redis, log: ClusterLog) {
    this.#redis = redis
    redis.on('message', (channel: string, message: string) => {
      for (const listener of this.#channels.get(channel) ?? []) listener.onMessage(message)
    })
    redis.on('ready', () => {
      this.#resubscribe().catch((error: unknown) => {
        // The connection went again; its next `ready` tries again.
        log.debug({ err: error }, 'could not subscribe again')
      })
    })
  }

  /** Starts to listen. Once it resolves, no message is missed until `onResubscribed` says so. */
  async listen(channel: string, listener: ChannelListener): Promise<() => Promise<void>> {
    const listeners = this.#channels.get(channel) ?? new Set()
    this.#channels.set(channel, listeners)
    listeners.add(listener)
    try {
      // Also for a known channel: its first subscription may still be on its way.
      await reply(this.#redis.subscribe(channel))
    } catch (error) {
      listeners.delete(listener)
      throw error
    }
    return async () => {
      listeners.delete(listener)
      if (listeners.size > 0 || this.#channels.get(channel) !== listeners) return
      this.#channels.delete(channel)
      if (this.#redis.status === 'ready') await reply(this.#redis.unsubscribe(channel))
    }
  }

  async #resubscribe(): Promise<void> {
    const channels = [...this.#channels.keys()]
    if (channels.length === 0) return
    await this.#redis.subscribe(...channels)
    for (const channel of channels)
      for (const listener of this.#channels.get(channel) ?? []) listener.onResubscribed?.()
  }
}
