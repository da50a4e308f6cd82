import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'

const ROOT = new URL('../..', import.meta.url).pathname

/** Where and with what a figure was measured: nothing is comparable without it. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGib: number
  readonly kernel: string
  readonly node: string
  readonly ffmpeg: string
  /** Abbreviated, with `-dirty` when tracked files differ from it. */
  readonly commit: string
  readonly date: string
  /** Cores that other programs kept busy while nothing was measured: above 0.1, figures are preliminary. */
  readonly busyBefore: number
}

/** Looks at the machine for two seconds. */
export async function describeMachine(): Promise<Machine> {
  const before = machineCpuSeconds()
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  const busyBefore = Math.round(((machineCpuSeconds() - before) / 2) * 100) / 100
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.versions.node,
    ffmpeg:
      /^ffmpeg version (\S+)/.exec(execFileSync('ffmpeg', ['-version'], { encoding: 'utf8' }))?.[1] ?? '?',
    commit: git('describe', '--always', '--dirty', '--abbrev=10'),
    date: new Date().toISOString(),
    busyBefore,
  }
}

/** CPU seconds that the whole machine has worked since it started, time stolen by other guests included. */
export function machineCpuSeconds(): number {
  const line = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0] ?? ''
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number)
  return (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND
}

/** USER_HZ, in which Linux reports CPU time: 100 on every architecture that runs Node. */
export const TICKS_PER_SECOND = 100

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim()
}
