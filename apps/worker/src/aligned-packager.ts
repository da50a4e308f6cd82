import { type Millis, millis, millisToTicks, ticksToMillis, VIDEO_TIMESCALE } from '@sluice/core'
import type { Boundary, Packet } from '@sluice/media'
import type { TrackPackager } from './track-packager.ts'

/** A keyframe this close to a boundary is at it: timestamps are rounded to milliseconds, and half a frame lasts 8 at 60 a second. */
const TOLERANCE: Millis = millis(8)

/**
 * Packages a further picture of the publisher's, as long as its keyframes are where segments begin: the default picture decides
 * that, and nobody can cut another one where it has none. It begins with the first keyframe at a boundary.
 */
export class AlignedPackager {
  readonly #packager: TrackPackager
  readonly #unaligned: (reason: string) => void
  #pending: Boundary[] = []
  #isOut = false
  #isOver = false

  /**
   * @param packager - cuts at the next packet.
   * @param unaligned - called once, when it cannot go on; what was packaged is complete by then.
   */
  constructor(packager: TrackPackager, unaligned: (reason: string) => void) {
    this.#packager = packager
    this.#unaligned = unaligned
  }

  boundary(boundary: Boundary): void {
    if (!this.#isOver) this.#pending.push(boundary)
  }

  packet(packet: Packet): void {
    if (this.#isOver) return
    const reached = this.#pending.findLast(({ time }) => isReached(time, packet))
    if (reached !== undefined) {
      this.#pending = this.#pending.filter(({ number }) => number > reached.number)
      // A boundary between keyframes is no more than a place to cut: for the default picture too.
      const isKeyframe = packet.keyframe && isAt(reached.time, packet)
      if (reached.independent && !isKeyframe) {
        this.#giveUp(reached)
        return
      }
      this.#isOut ||= isKeyframe
      if (this.#isOut) this.#packager.boundary(reached)
    }
    if (this.#isOut) this.#packager.packet(packet)
  }

  /** Ends the last segment. */
  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#packager.end()
  }

  #giveUp({ number, time }: Boundary): void {
    this.end()
    this.#unaligned(
      `it has no keyframe where segment ${number} begins, at ${time / 1000} s: give all video tracks of the encoder the same keyframe interval`,
    )
  }
}

function isReached(time: Millis, { keyframe, dts, pts }: Packet): boolean {
  const at = millisToTicks(time, VIDEO_TIMESCALE)
  return dts >= at || (keyframe && pts >= at - millisToTicks(TOLERANCE, VIDEO_TIMESCALE))
}

function isAt(time: Millis, { pts }: Packet): boolean {
  return Math.abs(ticksToMillis(pts, VIDEO_TIMESCALE) - time) <= TOLERANCE
}
