import { type Child, startChild, waitFor } from '@sluice/testkit'
import type { LoadCount } from './load-count.ts'

const MAIN = new URL('./main.ts', import.meta.url).pathname
const ROOT = new URL('../..', import.meta.url).pathname

/** A running load generator. */
export interface Load {
  /** The next count that it prints: at most 250 ms away. */
  nextCount(): Promise<LoadCount>
  stop(): Promise<void>
}

export interface LoadOptions {
  /** Bytes in a chunk, 1 to 0x7fffffff; the default is what OBS announces. */
  readonly chunkSize?: number
}

/** Publishes a file to all addresses in real time. @returns when all of them are publishing. */
export async function startLoad(
  file: string,
  urls: readonly string[],
  { chunkSize = 4096 }: LoadOptions = {},
): Promise<Load> {
  const args = ['--import', 'tsx', MAIN, file, String(chunkSize), ...urls]
  const child = startChild(process.execPath, args, { cwd: ROOT })
  await waitFor(() => alive(child) && lines(child).length > 0, {
    what: `${urls.length} publishers`,
    timeout: 30_000,
  })
  return {
    nextCount: async () => {
      const before = lines(child).length
      const line = await waitFor(() => alive(child) && lines(child)[before], {
        what: 'a count of the load generator',
        interval: 5,
      })
      return JSON.parse(line)
    },
    stop: async () => {
      await child.stop('SIGTERM')
    },
  }
}

/** Complete lines only. */
function lines(child: Child): string[] {
  return child.output().split('\n').slice(0, -1)
}

function alive(child: Child): boolean {
  if (!child.running()) throw new Error(`the load generator ended: ${child.output()}`)
  return true
}
