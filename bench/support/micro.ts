import type { BenchOptions } from './bench-case.ts'
import type { Report } from './report.ts'
import { median } from './statistics.ts'

const RUNS = 5
const SECONDS = 1
const WARM_UP_MILLIS = 500

/** A batch of one small operation, done over and over. */
export interface Operations {
  readonly subject: string
  /** Operations in one batch. */
  readonly operations: number
  /** Bytes that one batch moves. */
  readonly bytes: number
  /** Does one batch, synchronously. */
  readonly run: () => void
}

/** Measures batches after a warm-up and adds nanoseconds per operation and bytes per second, the median of the runs. */
export function measureOperations(
  report: Report,
  { runs = RUNS, seconds = SECONDS }: BenchOptions,
  { subject, operations, bytes, run }: Operations,
): void {
  repeat(run, WARM_UP_MILLIS)
  const perBatch = Array.from({ length: runs }, () => repeat(run, seconds * 1000))
  const samples = perBatch.map((nanoseconds) => nanoseconds / operations)
  report.add({ subject, what: 'time per operation', value: median(samples), unit: 'ns', samples })
  report.add({ subject, what: 'throughput', value: (bytes * 1000) / median(perBatch), unit: 'MB/s' })
}

/** @returns nanoseconds per call. */
function repeat(run: () => void, millis: number): number {
  const began = performance.now()
  let calls = 0
  let elapsed = 0
  do {
    run()
    calls += 1
    elapsed = performance.now() - began
  } while (elapsed < millis)
  return (elapsed * 1e6) / calls
}
