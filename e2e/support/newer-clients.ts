import { existsSync } from 'node:fs'
import { type Child, runChild, startChild } from '@sluice/testkit'

/** Scripts that make and enter chroots of other Debian releases; tests that need them are skipped where they are absent. */
const SCRIPTS = new URL('../../../shared/clients/', import.meta.url).pathname

/** What each program is installed by, and how it says its version. */
const PROGRAMS = {
  ffmpeg: { packages: 'ffmpeg', ask: '-version', version: /^ffmpeg version (\S+)/m },
  'gst-launch-1.0': { packages: 'gst', ask: '--version', version: /^GStreamer (\S+)/m },
} as const

/** A program of a Debian release newer than this machine's. */
export interface NewerClient {
  /** Program, version and release. */
  readonly title: string
  /** Starts it. It is killed like any child. @param folder - of this machine; its working directory, and all it sees of it. */
  start(folder: string, args: readonly string[]): Child
}

/**
 * Finds a program in the chroot of a release, and makes or completes that chroot where it is missing.
 *
 * @returns why it cannot be used, where it cannot.
 */
export async function findNewerClient(
  suite: 'trixie' | 'sid',
  program: keyof typeof PROGRAMS,
): Promise<NewerClient | string> {
  if (!existsSync(SCRIPTS)) return `${SCRIPTS} is not there`
  const { packages, ask, version } = PROGRAMS[program]
  const enter = `${SCRIPTS}in.sh`
  const look = async (): Promise<string | undefined> =>
    version.exec((await runChild(enter, [suite, program, ask])).output)?.[1]
  let found = await look()
  if (found === undefined) {
    const setup = await runChild(`${SCRIPTS}setup.sh`, [suite, packages])
    found = await look()
    if (found === undefined)
      return `${program} of Debian ${suite} cannot be installed: ${setup.output.trim()}`
  }
  return {
    title: `${program} ${found} of Debian ${suite}`,
    start: (folder, args) => startChild(enter, [suite, program, ...args], { cwd: folder }),
  }
}
