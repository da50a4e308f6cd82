import type { CrowdCount } from './crowd-count.ts'
import { type LineProcess, startLineProcess } from './line-process.ts'

/** Who is in a crowd. */
export interface Crowd {
  /** RTMP connections that get as far as a message stream. */
  readonly connected: number
  /** TCP connections on which nothing is sent at all. */
  readonly silent: number
  /** Within how many milliseconds they come. */
  readonly millis: number
}

/** Prepares a crowd in a process of its own; it comes at `begin`. */
export function startCrowd(
  { connected, silent, millis }: Crowd,
  url: string,
): Promise<LineProcess<CrowdCount>> {
  const args = [connected, silent, millis].map(String)
  return startLineProcess('crowd.ts', [...args, url], 'a crowd')
}
