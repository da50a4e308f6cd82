import { type Child, waitFor } from '@sluice/testkit'

/**
 * Waits until a program's output has something.
 *
 * @throws {Error} when it has not in half a minute; where the program ended, the cause has all that it said.
 */
export function saidBy<T>(
  child: Child,
  look: (output: string) => T | undefined | false,
  what: string,
): Promise<T> {
  return waitFor(
    () => {
      if (!child.running()) throw new Error(`the program ended: ${child.output()}`)
      return look(child.output())
    },
    { what, timeout: 30_000 },
  )
}
