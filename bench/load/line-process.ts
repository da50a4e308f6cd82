import { type Child, startChild, waitFor } from '@sluice/testkit'

const ROOT = new URL('../..', import.meta.url).pathname

/** A program of this folder that prints a JSON line now and then. Any of these throws when it has ended by itself. */
export interface LineProcess<T> {
  /** The next line that it prints. */
  next(): Promise<T>
  /** Lines so far. */
  count(): number
  /** Lines from this one on, 0 being the first. */
  from(index: number): T[]
  /** Tells it to begin. */
  begin(): void
  stop(): Promise<void>
}

/**
 * Starts a program.
 *
 * @param script - a file of this folder.
 * @param what - for the message when it does not come up.
 * @returns when it has printed its first line.
 */
export async function startLineProcess<T>(
  script: string,
  args: readonly string[],
  what: string,
): Promise<LineProcess<T>> {
  const path = new URL(script, import.meta.url).pathname
  const lines: T[] = []
  const child = startChild(process.execPath, ['--import', 'tsx', path, ...args], {
    cwd: ROOT,
    onLine: (text) => {
      if (text.startsWith('{')) lines.push(JSON.parse(text))
    },
  })
  const running = (): readonly T[] => {
    if (!child.running()) throw endedBy(child, script)
    return lines
  }
  const line = (index: number, timeout?: number): Promise<T> =>
    // An error of the condition would count as "not yet".
    Promise.race([
      waitFor(() => lines[index], { what, interval: 5, ...(timeout === undefined ? {} : { timeout }) }),
      child.exited.then(() => Promise.reject(endedBy(child, script))),
    ])
  await line(0, 30_000)
  return {
    next: () => line(running().length),
    count: () => running().length,
    from: (index) => running().slice(index),
    begin: () => child.kill('SIGUSR2'),
    stop: async () => {
      await child.stop('SIGTERM')
    },
  }
}

function endedBy(child: Child, script: string): Error {
  return new Error(`${script} ended: ${child.output()}`)
}
