/** How long and how often `waitFor` looks. */
export interface WaitOptions {
  /** What is waited for, for the message of a timeout. */
  readonly what: string
  /** Milliseconds until it gives up; default 20 000. */
  readonly timeout?: number
  /** Milliseconds between two looks; default 50. */
  readonly interval?: number
}

/**
 * Looks until the condition gives something other than undefined or false, and returns it. Errors the
 * condition throws count as "not yet"; the last one is shown when time runs out.
 */
export async function waitFor<T>(
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  { what, timeout = 20_000, interval = 50 }: WaitOptions,
): Promise<T> {
  const deadline = Date.now() + timeout
  let last: unknown
  do {
    try {
      const value = await condition()
      if (value !== undefined && value !== false) return value
      last = undefined
    } catch (error) {
      last = error
    }
    await new Promise((resolve) => setTimeout(resolve, interval))
  } while (Date.now() < deadline)
  throw new Error(`${what}: not within ${timeout} ms`, { cause: last })
}
