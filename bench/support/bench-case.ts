import type { Report } from './report.ts'

/** What the command line can change. Undefined: the case's own default, which it names in its summary. */
export interface BenchOptions {
  /** Repetitions. */
  readonly runs: number | undefined
  /** Seconds that one measurement lasts, without its warm-up. */
  readonly seconds: number | undefined
  /** Minutes of the `memory` case. */
  readonly minutes: number | undefined
  /** Simultaneous publishers. */
  readonly publishers: number | undefined
  /** Simultaneous players. */
  readonly players: number | undefined
  /** Folder for V8 CPU profiles of the gateway's process; profiling costs CPU of its own. */
  readonly cpuProfile: string | undefined
}

/** One thing that is measured. */
export interface BenchCase {
  /** `startup`, or `rtmp/chunk-read` for a micro benchmark. */
  readonly name: string
  /** One line for the list. */
  readonly summary: string
  run(options: BenchOptions, report: Report): Promise<void>
}
