import { type LineProcess, startLineProcess } from './line-process.ts'
import type { WaitCount } from './wait-count.ts'

/** Starts so many players at the live edge of a media playlist; see `waiters.ts`. */
export function startWaiters(count: number, url: string): Promise<LineProcess<WaitCount>> {
  return startLineProcess('waiters.ts', [String(count), url], 'players at the live edge')
}
