import { DependencyError, errorMessage } from '@sluice/core'

/** Something that runs until it is told to stop. Stopping twice is the same as once. */
export interface Stoppable {
  stop(): Promise<void>
}

/**
 * Stops parts one after the other, the one started last first, all of them even when one fails.
 *
 * @param parts - in the order in which they were started.
 * @param timeoutMillis - for all of them together; what has not stopped by then is left behind.
 * @throws {DependencyError} `runtime.stop.failed` or `runtime.stop.timeout`, after every part was tried.
 */
export async function stopAll(parts: readonly Stoppable[], timeoutMillis: number): Promise<void> {
  const failures: unknown[] = []
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<'timeout'>((resolve) => {
    timer = setTimeout(() => resolve('timeout'), timeoutMillis)
  })
  const stopping = stopInTurn(parts, failures)
  const outcome = await Promise.race([stopping, timeout])
  clearTimeout(timer)
  if (outcome === 'timeout')
    throw new DependencyError('runtime.stop.timeout', `not everything stopped within ${timeoutMillis} ms`)
  if (failures.length > 0)
    throw new DependencyError('runtime.stop.failed', failures.map(errorMessage).join('; '), {
      cause: new AggregateError(failures),
    })
}

async function stopInTurn(parts: readonly Stoppable[], failures: unknown[]): Promise<'stopped'> {
  for (const part of [...parts].reverse()) {
    try {
      await part.stop()
    } catch (error) {
      failures.push(error)
    }
  }
  return 'stopped'
}
