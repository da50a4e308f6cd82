import { RtmpClient } from './rtmp-client.ts'
import { readStamp } from './stamp.ts'

/** One RTMP connection that plays. */
export class RtmpPlayer {
  readonly #client: RtmpClient
  #delays: number[] = []

  private constructor(client: RtmpClient) {
    this.#client = client
  }

  /**
   * Connects and plays.
   *
   * @param url - `rtmp://host:port/app/name` of a stream that is live.
   * @param what - `count`: bytes are counted and thrown away, which is as cheap as a player can be. `read`: messages are read,
   *   for the delay of those that are stamped.
   */
  static async open(url: string, what: 'count' | 'read'): Promise<RtmpPlayer> {
    const client = await RtmpClient.open(url)
    const player = new RtmpPlayer(client)
    client.onMedia = (message, receivedAt) => {
      const sentAt = message.type === 'video' ? readStamp(message.payload) : undefined
      if (sentAt !== undefined) player.#delays.push((receivedAt - sentAt) / 1000)
    }
    // Live, of any length.
    await client.ask('play', 'NetStream.Play.Start', -1)
    if (what === 'count') client.discard()
    return player
  }

  /** Resolves when the connection is gone. */
  get closed(): Promise<void> {
    return this.#client.closed
  }

  /** Bytes that came, all of them. */
  get receivedBytes(): number {
    return this.#client.receivedBytes
  }

  /** Milliseconds from the publisher's write to the last byte here, for each stamped message since the last call. */
  takeDelays(): readonly number[] {
    const delays = this.#delays
    this.#delays = []
    return delays
  }
}
