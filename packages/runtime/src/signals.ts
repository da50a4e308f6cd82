const SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const

/**
 * Calls `stop` on the first SIGINT or SIGTERM. A second signal ends the process at once with the shell's
 * code for it: the operator does not want to wait.
 *
 * @returns takes the handlers away again.
 */
export function onSignals(stop: (signal: NodeJS.Signals) => void): () => void {
  let stopping = false
  const handlers = (Object.keys(SIGNALS) as (keyof typeof SIGNALS)[]).map((signal) => {
    const handler = (): void => {
      if (stopping) process.exit(128 + SIGNALS[signal])
      stopping = true
      stop(signal)
    }
    process.on(signal, handler)
    return () => process.off(signal, handler)
  })
  return () => {
    for (const remove of handlers) remove()
  }
}
