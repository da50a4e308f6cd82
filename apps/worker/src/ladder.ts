import type { FurtherEntry, MediaEntry } from '@sluice/broadcast'
import type { Millis } from '@sluice/core'
import type { Progress } from '@sluice/ffmpeg'
import { encodedIds, type LadderPlan, needsEncoder } from '@sluice/ladder'
import type { Boundary, Packet } from '@sluice/media'
import { EncoderMeter, type EncoderTotals } from './encoder-meter.ts'
import { type LadderFailure, LadderRun, type LadderSetting } from './ladder-run.ts'

export interface LadderOptions extends LadderSetting {
  readonly plan: LadderPlan
  /** Of the broadcast's encoders, and of all of this worker's: counted on. */
  readonly totals: readonly EncoderTotals[]
  /** A rendition of the plan will not be made any more. */
  readonly givenUp: (rendition: string, reason: string) => void
}

/** Encoder failures in a row after which a ladder is given up. */
const MAX_FAILURES = 5

/**
 * What one encoder makes, over the course of a run: it starts at a keyframe boundary, and when it fails it starts anew at the
 * next one, smaller or in the end not at all. Whatever becomes of it, the source goes on.
 */
export class Ladder {
  readonly #options: LadderOptions
  #plan: LadderPlan
  #run: LadderRun | undefined
  #failures = 0

  constructor(options: LadderOptions) {
    this.#options = options
    this.#plan = options.plan
  }

  /** Whether an encoder runs. */
  get isRunning(): boolean {
    return this.#run !== undefined
  }

  /** How the running encoder fares. */
  get progress(): Progress | undefined {
    return this.#run?.progress
  }

  /** True for a rendition that this ladder makes, or would if it could. */
  makes(rendition: string): boolean {
    return encodedIds(this.#plan).includes(rendition)
  }

  boundary(boundary: Boundary): void {
    if (this.#run === undefined && boundary.independent) this.#start(boundary)
    this.#run?.boundary(boundary)
  }

  /** @param packet - that of the entry. @param horizon - no boundary before this time will follow. */
  packet(entry: MediaEntry | FurtherEntry, packet: Packet, horizon: Millis): void {
    this.#run?.packet(entry, packet, horizon)
  }

  /** Ends it, and waits until everything that it made was taken. */
  async end(): Promise<void> {
    const run = this.#run
    this.#run = undefined
    await run?.end()
  }

  #start(boundary: Boundary): void {
    if (!needsEncoder(this.#plan) || this.#failures >= MAX_FAILURES) return
    const meter = new EncoderMeter(this.#options.totals)
    const run: LadderRun = new LadderRun({
      ...this.#options,
      plan: this.#plan,
      startsAt: boundary.time,
      progressed: (progress) => meter.progressed(progress),
      failed: (failure) => {
        meter.failed(failure.overloaded ? 'overloaded' : 'ended')
        if (this.#run === run) this.#failed(failure)
      },
    })
    this.#run = run
  }

  /** The ladder starts anew at the next keyframe boundary, smaller or not at all. */
  #failed({ reason, overloaded }: LadderFailure): void {
    const { log, givenUp } = this.#options
    this.#run = undefined
    const [top, ...rest] = this.#plan.rungs
    if (overloaded && top !== undefined && rest.length > 0) {
      log.warn({ reason, rung: top.id }, 'the ladder goes on without its top rung')
      this.#plan = { ...this.#plan, rungs: rest }
      givenUp(top.id, reason)
      return
    }
    this.#failures += 1
    log.warn({ reason, failures: this.#failures }, 'the ladder stopped')
    if (this.#failures < MAX_FAILURES) return
    for (const id of encodedIds(this.#plan)) givenUp(id, reason)
  }
}
