import type { LiveStream } from './live-stream.ts'
import type { Publisher } from './on-air.ts'

/** Where the messages of a publisher go that was let in: a stream of this ingest, or of another one. */
export interface Publication {
  /** Of the stream. */
  readonly name: string
  readonly stream: Pick<LiveStream, 'video' | 'audio' | 'metadata' | 'data'>
  /** Players have it from here, or may have: every message is to go at once. */
  readonly isPlayed: boolean
  /** Moves a batch of messages on. */
  flush(): void
  /**
   * A publisher is gone; nothing happens when another one has taken its place.
   *
   * @param clean - it said goodbye: the broadcast does not wait for it.
   */
  detach(publisher: Publisher, clean: boolean): void
  /**
   * Asks the publisher to reconnect, as this ingest stops.
   *
   * @returns a promise that resolves when it has left; undefined where nobody could be asked.
   */
  sendAway(reason: string): Promise<void> | undefined
}
