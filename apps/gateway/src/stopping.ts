import { type Config, onSignals } from '@sluice/runtime'

/** Everything has to stop within this time, in milliseconds; more where publishers are given longer to leave. */
const STOP_MILLIS = 4_500
/** What is left of it at least when they have had theirs. */
const AFTER_DRAIN_MILLIS = 2_500

/** By when everything must have stopped, in milliseconds: what has not is left behind. */
export function stopMillis({ ingest }: Pick<Config, 'ingest'>): number {
  return Math.max(STOP_MILLIS, ingest.drainSeconds * 1000 + AFTER_DRAIN_MILLIS)
}

/** Resolves on the first SIGINT or SIGTERM; a second one ends the process at once. */
export function untilSignal(stopping: (signal: NodeJS.Signals) => void): Promise<void> {
  return new Promise((resolve) => {
    onSignals((signal) => {
      stopping(signal)
      resolve()
    })
  })
}
