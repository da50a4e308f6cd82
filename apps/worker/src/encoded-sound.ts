import type { FurtherEntry } from '@sluice/broadcast'
import type { Millis } from '@sluice/core'
import type { Boundary, Packet } from '@sluice/media'
import type { FurtherPackager } from './further-run.ts'
import type { Ladder } from './ladder.ts'

/**
 * A further sound that not every browser plays. It has an encoder of its own: the ladder's goes on as it is when a sound comes
 * or goes, and the decoder of one costs next to nothing.
 */
export class EncodedSound implements FurtherPackager {
  readonly #ladder: Ladder
  #horizon: Millis | undefined

  /** @param ladder - of this sound alone. */
  constructor(ladder: Ladder) {
    this.#ladder = ladder
  }

  boundary(boundary: Boundary): void {
    this.#ladder.boundary(boundary)
  }

  packet(packet: Packet, entry: FurtherEntry): void {
    // Without one nothing was given out in this run yet, and nothing has begun.
    if (this.#horizon !== undefined) this.#ladder.packet(entry, packet, this.#horizon)
  }

  horizon(time: Millis): void {
    this.#horizon = time
  }

  end(): Promise<void> {
    return this.#ladder.end()
  }
}
