import type { Progress } from '@sluice/ffmpeg'

/** Why an encoder was given up: it was slower than its stream, or it ended by itself or made what cannot be packaged. */
export type EncoderFault = 'overloaded' | 'ended'

/** What encoders did so far: those of one broadcast, or of a worker. */
export interface EncoderTotals {
  starts: number
  /** Of the first rung of each. */
  frames: number
  droppedFrames: number
  readonly failures: Record<EncoderFault, number>
}

/** Counts of no encoder yet. */
export function noEncoders(): EncoderTotals {
  return { starts: 0, frames: 0, droppedFrames: 0, failures: { overloaded: 0, ended: 0 } }
}

/** Adds what one encoder says of itself, which begins at 0 with each, to totals that go on. */
export class EncoderMeter {
  readonly #totals: readonly EncoderTotals[]
  #frames = 0
  #dropped = 0

  /** An encoder starts. @param totals - all of them are counted on. */
  constructor(totals: readonly EncoderTotals[]) {
    this.#totals = totals
    for (const each of totals) each.starts += 1
  }

  progressed({ frames, dropped }: Pick<Progress, 'frames' | 'dropped'>): void {
    for (const each of this.#totals) {
      each.frames += Math.max(0, frames - this.#frames)
      each.droppedFrames += Math.max(0, dropped - this.#dropped)
    }
    this.#frames = frames
    this.#dropped = dropped
  }

  failed(fault: EncoderFault): void {
    for (const { failures } of this.#totals) failures[fault] += 1
  }
}
