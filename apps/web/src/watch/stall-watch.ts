import type { ProbeResult } from './probe.ts'

/** What to do about a player that shows no new frames. */
export type StallVerdict = 'wait' | 'rebuild' | 'ended'

/**
 * Judges one stall from repeated looks at the origin. When no new media is listed, the publisher is away and the player
 * waits rightly: making it anew would only replay the last seconds. When media is listed and the player does not
 * take it (a broadcast that began anew under the same name, for instance), it is given one more look's time.
 */
export class StallWatch {
  #first: string | undefined
  #looksWithNews = 0

  /** Takes the next look, made while the player still shows nothing new. */
  observe(result: ProbeResult): StallVerdict {
    switch (result.type) {
      case 'ended':
      case 'absent':
        return 'ended'
      case 'refused':
      case 'unreachable':
        return 'wait'
      case 'live':
        this.#first ??= result.revision
        if (result.revision === this.#first) return 'wait'
        this.#looksWithNews++
        return this.#looksWithNews >= 2 ? 'rebuild' : 'wait'
    }
  }
}
