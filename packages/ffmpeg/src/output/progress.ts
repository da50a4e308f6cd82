import { type Millis, millis } from '@sluice/core'

/** One report of `-progress`: ffmpeg sends one each second and a last one at the end. */
export interface Progress {
  /** Frames encoded by the first video rung; 0 without video. */
  readonly frames: number
  /** Frames per second since the start, of the first video rung. */
  readonly framesPerSecond: number
  /** Media written since the first report; undefined while ffmpeg does not know. */
  readonly written: Millis | undefined
  /** Media time per wall-clock time since the start; undefined while ffmpeg does not know. Below 1 it falls behind. */
  readonly speed: number | undefined
  /** Frames encoded twice, or not at all. Both stay 0 here, unless the source's timestamps are broken. */
  readonly duplicated: number
  readonly dropped: number
  /** True in the last report. */
  readonly last: boolean
}

/** Collects `key=value` lines of `-progress` into reports. */
export class ProgressParser {
  readonly #fields = new Map<string, string>()

  /** The report this line completes, else undefined. Lines that are no `key=value` are skipped. */
  line(line: string): Progress | undefined {
    const equals = line.indexOf('=')
    if (equals < 1) return undefined
    const key = line.slice(0, equals)
    const value = line.slice(equals + 1).trim()
    this.#fields.set(key, value)
    if (key !== 'progress') return undefined
    const report = this.#report(value === 'end')
    this.#fields.clear()
    return report
  }

  #report(last: boolean): Progress {
    const microseconds = this.#number('out_time_us')
    return {
      frames: this.#number('frame') ?? 0,
      framesPerSecond: this.#number('fps') ?? 0,
      written: microseconds === undefined ? undefined : millis(Math.round(microseconds / 1000)),
      speed: this.#number('speed'),
      duplicated: this.#number('dup_frames') ?? 0,
      dropped: this.#number('drop_frames') ?? 0,
      last,
    }
  }

  /** `N/A` is undefined; units such as the `x` of speed are ignored. */
  #number(key: string): number | undefined {
    const value = Number.parseFloat(this.#fields.get(key) ?? '')
    return Number.isFinite(value) ? value : undefined
  }
}
