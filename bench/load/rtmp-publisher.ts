import type { FileMessage } from './flv-messages.ts'
import { RtmpClient } from './rtmp-client.ts'

/** One RTMP connection that publishes. */
export class RtmpPublisher {
  readonly #client: RtmpClient

  private constructor(client: RtmpClient) {
    this.#client = client
  }

  /**
   * Connects and publishes.
   *
   * @param url - `rtmp://host:port/app/name`.
   * @param chunkSize - in bytes, announced before anything else is sent.
   * @returns when the server has granted it. Rejects when it refuses or cannot be reached.
   */
  static async open(url: string, chunkSize: number): Promise<RtmpPublisher> {
    const client = await RtmpClient.open(url, chunkSize)
    await client.ask('publish', 'NetStream.Publish.Start', 'live')
    return new RtmpPublisher(client)
  }

  /** Resolves when the connection is gone. */
  get closed(): Promise<void> {
    return this.#client.closed
  }

  /** Sends one message. @param timestamp - milliseconds, modulo 2³². */
  send(message: FileMessage, timestamp: number): void {
    this.#client.send(message, timestamp)
  }
}
