import { startLineProcess } from './line-process.ts'
import type { LoadCount } from './load-count.ts'
import { USUAL_CHUNK_SIZE } from './rtmp-client.ts'

/** A running load generator. */
export interface Load {
  /** The next count that it prints: at most 250 ms away. */
  nextCount(): Promise<LoadCount>
  stop(): Promise<void>
}

export interface LoadOptions {
  /** Bytes in a chunk, 1 to 0x7fffffff; the default is what OBS announces. */
  readonly chunkSize?: number
  /** Whether frames are given the time at which they are sent, for players that read it. Default: they are sent as they are. */
  readonly stamp?: boolean
}

/** Publishes a file to all addresses in real time. @returns when all of them are publishing. */
export async function startLoad(
  file: string,
  urls: readonly string[],
  { chunkSize = USUAL_CHUNK_SIZE, stamp = false }: LoadOptions = {},
): Promise<Load> {
  const args = [...(stamp ? ['--stamp'] : []), file, String(chunkSize), ...urls]
  const load = await startLineProcess<LoadCount>('main.ts', args, `${urls.length} publishers`)
  return { nextCount: () => load.next(), stop: () => load.stop() }
}
