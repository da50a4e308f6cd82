import { type Millis, millis } from '@sluice/core'

/** One report of `-progress`: ffmpeg sends one at the start, one each second, and a last one at the end. */
export interface Progress {
  /** Frames encoded by the first video rung; 0 without video. */
  readonly frames: number
  /** Frames per second since the report before; undefined in the first. */
  readonly framesPerSecond: number | undefined
  /** Media written since the first report; undefined while ffmpeg does not know. */
  readonly written: Millis | undefined
  /**
   * Media time per wall-clock time since the report before; undefined in the first two. Fed at the pace of a live
   * source it is 1; steadily below, the encoders fall behind.
   */
  readonly speed: number | undefined
  /** Frames encoded twice, or not at all. Both stay 0 here, unless the source's timestamps are broken. */
  readonly duplicated: number
  readonly dropped: number
  /** True in the last report, which comes less than a second after the one before. */
  readonly last: boolean
}

/**
 * Collects `key=value` lines of `-progress` into reports. Rates are ours: ffmpeg's are averages since its start,
 * wrong by the time of its first report when timestamps are copied.
 */
export class ProgressParser {
  readonly #fields = new Map<string, string>()
  #before: { readonly at: number; readonly frames: number; readonly written: Millis | undefined } | undefined

  /**
   * The report this line completes, else undefined. Lines that are no `key=value` are skipped.
   *
   * @param now - monotonic milliseconds.
   */
  line(line: string, now: number): Progress | undefined {
    const equals = line.indexOf('=')
    if (equals < 1) return undefined
    const key = line.slice(0, equals)
    const value = line.slice(equals + 1).trim()
    this.#fields.set(key, value)
    if (key !== 'progress') return undefined
    const report = this.#report(value === 'end', now)
    this.#before = { at: now, frames: report.frames, written: report.written }
    this.#fields.clear()
    return report
  }

  #report(last: boolean, now: number): Progress {
    const microseconds = this.#number('out_time_us')
    const frames = this.#number('frame') ?? 0
    const written = microseconds === undefined ? undefined : millis(Math.round(microseconds / 1000))
    const before = this.#before
    const passed = before ? now - before.at : 0
    // ffmpeg counts from its first report with a time above 0: until then there is nothing to compare with.
    const since = before?.written === 0 ? undefined : before?.written
    return {
      frames,
      framesPerSecond: before && passed > 0 ? ((frames - before.frames) * 1000) / passed : undefined,
      written,
      speed:
        since !== undefined && written !== undefined && passed > 0 ? (written - since) / passed : undefined,
      duplicated: this.#number('dup_frames') ?? 0,
      dropped: this.#number('drop_frames') ?? 0,
      last,
    }
  }

  /** `N/A` is undefined. */
  #number(key: string): number | undefined {
    const value = Number.parseFloat(this.#fields.get(key) ?? '')
    return Number.isFinite(value) ? value : undefined
  }
}
