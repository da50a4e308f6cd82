import { existsSync } from 'node:fs'
import { cp, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runChild, startChild } from '@sluice/testkit'
import { readFlvMessages } from './flv-messages.ts'
import type { LoadCount } from './load-count.ts'
import type { Load } from './start-load.ts'

const SOURCE = new URL('../../../shared/rtmpload', import.meta.url).pathname

/**
 * Builds `rtmpload`, a load generator that shares no code with ours.
 *
 * @returns the program's path; undefined where its source or a Rust compiler is missing.
 */
export async function buildRustLoad(): Promise<string | undefined> {
  if (!existsSync(SOURCE)) return undefined
  const folder = join(tmpdir(), 'sluice-bench', 'rtmpload')
  const program = join(folder, 'target', 'release', 'rtmpload')
  if (existsSync(program)) return program
  await mkdir(folder, { recursive: true })
  // Built in a copy: cargo writes its lock beside the manifest.
  await cp(SOURCE, folder, { recursive: true })
  const { code } = await runChild('cargo', ['build', '--release', '--offline'], { cwd: folder })
  return code === 0 ? program : undefined
}

/**
 * Starts `rtmpload` the way `startLoad` starts ours. It counts only at its end, so what it sends is computed: the file's
 * messages that are due by now, for every publisher.
 *
 * @param seconds - it ends by itself after them.
 */
export function startRustLoad(
  program: string,
  seconds: number,
): (file: string, urls: readonly string[]) => Promise<Load> {
  return async (file, urls) => {
    const { host, pathname } = new URL(urls[0] ?? '')
    const [, app = '', first = ''] = pathname.split('/')
    const { messages, duration, payloadBytes } = readFlvMessages(file)
    const child = startChild(program, [
      ...['--addr', host, '--app', app, '--prefix', first.replace(/\d+$/, ''), '--n', String(urls.length)],
      ...['--seconds', String(seconds), '--flv', file],
    ])
    const began = performance.now()
    const count = (): LoadCount => {
      const rounds = (performance.now() - began) / duration
      return {
        publishers: urls.length,
        payloadBytes: payloadBytes * rounds * urls.length,
        messages: messages.length * rounds * urls.length,
        late: 0,
      }
    }
    return {
      nextCount: async () => {
        if (!child.running()) throw new Error(`rtmpload ended: ${child.output()}`)
        return count()
      },
      stop: async () => {
        await child.stop('SIGTERM')
      },
    }
  }
}
