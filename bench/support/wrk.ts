import { runChild } from '@sluice/testkit'

/** Whether wrk is installed. */
export async function hasWrk(): Promise<boolean> {
  // Without arguments it explains itself, and fails.
  return (await runChild('wrk', [])).output.includes('Usage: wrk')
}

/**
 * Asks for one address over and over with wrk, one thread of it.
 *
 * @param connections - open at the same time, each with one request under way.
 * @returns answers a second.
 * @throws {Error} when wrk fails, or any answer is no success.
 */
export async function wrk(url: string, seconds: number, connections: number): Promise<number> {
  const args = ['--threads', '1', '--connections', `${connections}`, '--duration', `${seconds}s`, url]
  const { code, output } = await runChild('wrk', args)
  const requests = /Requests\/sec: +([\d.]+)/.exec(output)?.[1]
  if (code !== 0 || requests === undefined || output.includes('Non-2xx'))
    throw new Error(`wrk ${args.join(' ')}: ${output}`)
  return Number(requests)
}
