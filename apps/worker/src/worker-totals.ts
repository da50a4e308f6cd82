import { type EncoderTotals, noEncoders } from './encoder-meter.ts'

/** How a run came to its end. */
export type RunResult =
  /** The broadcast is complete. */
  | 'complete'
  /** This worker stops, or the ingest has put another run in its place. */
  | 'stopped'
  /** Another run has taken over. */
  | 'superseded'
  /** It runs again. */
  | 'failed'

/** What a worker has done so far: counted where it happens, read when it is measured. */
export class WorkerTotals {
  parts = 0
  segments = 0
  bytes = 0
  readonly runs: Record<'first' | 'takeover', number> = { first: 0, takeover: 0 }
  readonly results: Record<RunResult, number> = { complete: 0, stopped: 0, superseded: 0, failed: 0 }
  /** Runs that failed, by code. */
  readonly failures: Map<string, number> = new Map()
  readonly encoders: EncoderTotals = noEncoders()
  readonly #partWritten: (seconds: number) => void

  /** @param partWritten - told how long each write took. Default: nobody. */
  constructor(partWritten: (seconds: number) => void = () => undefined) {
    this.#partWritten = partWritten
  }

  /** A part is in the store. */
  wrotePart(bytes: number, millis: number): void {
    this.parts += 1
    this.bytes += bytes
    this.#partWritten(millis / 1000)
  }

  /** A run has failed. */
  failed(code: string): void {
    this.results.failed += 1
    this.failures.set(code, (this.failures.get(code) ?? 0) + 1)
  }
}
