import type { RunEnd, TranscodeJob } from '@sluice/cluster'
import { errorCode } from '@sluice/core'
import { SUPERSEDED } from './stream-job.ts'
import type { WorkerTotals } from './worker-totals.ts'

/** Counts a run from its beginning to its end. What it throws is thrown on. */
export async function countRun(
  totals: WorkerTotals,
  { epoch }: Pick<TranscodeJob, 'epoch'>,
  signal: AbortSignal,
  run: () => Promise<'complete' | 'stopped'>,
): Promise<void> {
  totals.runs[epoch > 1 ? 'takeover' : 'first'] += 1
  const superseded: RunEnd = 'superseded'
  try {
    const result = await run()
    totals.results[result === 'stopped' && signal.reason === superseded ? superseded : result] += 1
  } catch (error) {
    const code = errorCode(error)
    if (signal.aborted) totals.results[signal.reason === superseded ? superseded : 'stopped'] += 1
    else if (SUPERSEDED.has(code)) totals.results.superseded += 1
    else totals.failed(code)
    throw error
  }
}
