import { setTimeout as delay } from 'node:timers/promises'
import { type Child, publishWithFfmpeg } from '@sluice/testkit'

/** How long an encoder waits before it connects again, as OBS does at best, in milliseconds. */
const RECONNECT_MILLIS = 1_000

/** An encoder that connects again whenever it loses its server, as those of studios do. */
export class SteadyPublisher {
  readonly #url: string
  readonly #ended: Promise<void>
  #child: Child
  #stopped = false
  /** How often it had to begin again. */
  reconnects = 0

  constructor(url: string) {
    this.#url = url
    this.#child = this.#publish()
    this.#ended = this.#keepOn()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#child.stop()
    await this.#ended
  }

  #publish(): Child {
    return publishWithFfmpeg({ url: this.#url, width: 640, height: 360, frameRate: 25, bitrate: 800 })
  }

  async #keepOn(): Promise<void> {
    for (;;) {
      await this.#child.exited
      if (this.#stopped) return
      await delay(RECONNECT_MILLIS)
      if (this.#stopped) return
      this.reconnects += 1
      this.#child = this.#publish()
    }
  }
}
