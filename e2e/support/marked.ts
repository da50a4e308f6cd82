import { randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { type Child, startChild, waitFor } from '@sluice/testkit'

const MAIN = new URL('../../apps/gateway/dist/main.js', import.meta.url).pathname
const MARK = 'TEST_MARK'

/** A running program, found by what it inherited. */
export interface MarkedProcess {
  readonly pid: number
  /** Its command line, words joined by blanks. */
  readonly command: string
}

/** A `sluice` command whose descendants can be told from all other processes, also when it is gone. */
export interface MarkedSluice extends Child {
  /** What runs now of the command and everything it started, Redis and ffmpeg included. Linux only. */
  processes(): Promise<MarkedProcess[]>
  /** Waits until none of it runs any more. */
  untilGone(timeout?: number): Promise<void>
  /** Kills whatever of it still runs. */
  killAll(): Promise<void>
}

/**
 * Starts the command with settings from the environment.
 *
 * @param dataDir - a folder of the test's own.
 */
export function startSluice(
  args: readonly string[],
  dataDir: string,
  env: Readonly<Record<string, string>> = {},
): MarkedSluice {
  const mark = `${MARK}=${randomUUID()}`
  const [name, value] = mark.split('=') as [string, string]
  const child = startChild(process.execPath, [MAIN, ...args], {
    env: { SLUICE_DATA_DIR: dataDir, ...env, [name]: value },
  })
  const processes = (): Promise<MarkedProcess[]> => processesWith(mark, dataDir)
  return {
    ...child,
    processes,
    untilGone: async (timeout = 10_000) => {
      await waitFor(async () => (await processes()).length === 0, {
        what: `nothing left of sluice ${args.join(' ')}`,
        timeout,
      })
    },
    killAll: async () => {
      for (const { pid } of await processes()) kill(pid)
    },
  }
}

/**
 * Processes whose environment holds a variable, or whose command line names a folder: Redis writes its title
 * over its environment. A process that has ended and waits for its parent has neither.
 */
async function processesWith(variable: string, folder: string): Promise<MarkedProcess[]> {
  const found: MarkedProcess[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const environment = await readFile(`/proc/${name}/environ`, 'utf8').catch(() => '')
    const words = (await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')).split('\0')
    const command = words.join(' ').trim()
    if (environment.split('\0').includes(variable) || command.includes(`${folder}/`))
      found.push({ pid: Number(name), command })
  }
  return found
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended meanwhile.
  }
}
