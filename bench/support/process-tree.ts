import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { machineCpuSeconds, TICKS_PER_SECOND } from './machine.ts'

interface ProcessStat {
  readonly pid: number
  readonly parent: number
  readonly command: string
  /** CPU seconds of the process and of its children that have ended, user and system. */
  readonly cpuSeconds: number
}

/** CPU used between two looks. */
export interface CpuUse {
  /** Wall clock, in seconds. */
  readonly seconds: number
  /** CPU seconds of all processes of the tree. */
  readonly cpuSeconds: number
  /** The same by program: `{ node: 3.1, ffmpeg: 12.4, 'redis-server': 0.3 }`. */
  readonly byCommand: Readonly<Record<string, number>>
  /** CPU seconds that the rest of the machine used meanwhile: publishers, this program, strangers. */
  readonly elsewhere: number
}

/** A look at a process tree. */
export interface TreeLook {
  readonly at: number
  readonly machine: number
  readonly byCommand: ReadonlyMap<string, number>
  /** CPU seconds by process id. */
  readonly byProcess: ReadonlyMap<number, number>
}

/**
 * Reads the CPU time of a process and all that descend from it, from `/proc/PID/stat`. What a child used before it
 * ended counts with its parent, so nothing is lost between two looks.
 *
 * @param roots - process ids; one that has ended counts as nothing.
 */
export function lookAtTree(roots: readonly number[]): TreeLook {
  const processes = readProcesses()
  const byCommand = new Map<string, number>()
  const byProcess = new Map<number, number>()
  const pending = [...roots]
  for (let pid = pending.pop(); pid !== undefined; pid = pending.pop()) {
    const found = processes.get(pid)
    // One root may descend from another.
    if (found === undefined || byProcess.has(found.pid)) continue
    byCommand.set(found.command, (byCommand.get(found.command) ?? 0) + found.cpuSeconds)
    byProcess.set(found.pid, found.cpuSeconds)
    for (const { pid: child, parent } of processes.values()) if (parent === found.pid) pending.push(child)
  }
  return { at: performance.now(), machine: machineCpuSeconds(), byCommand, byProcess }
}

/** What was used from one look to a later one. */
export function cpuBetween(from: TreeLook, to: TreeLook): CpuUse {
  const byCommand: Record<string, number> = {}
  let cpuSeconds = 0
  for (const [command, used] of to.byCommand) {
    const more = used - (from.byCommand.get(command) ?? 0)
    byCommand[command] = Math.round(more * 100) / 100
    cpuSeconds += more
  }
  const seconds = (to.at - from.at) / 1000
  // The machine's own count is a little coarser than those of its processes.
  const elsewhere = Math.max(0, to.machine - from.machine - cpuSeconds)
  return { seconds, cpuSeconds, byCommand, elsewhere }
}

/** CPU seconds that the process with most to do used from one look to a later one. */
export function busiestBetween(from: TreeLook, to: TreeLook): number {
  return Math.max(...[...to.byProcess].map(([pid, used]) => used - (from.byProcess.get(pid) ?? 0)))
}

/** Measures trees for so many seconds. */
export async function measureCpu(roots: readonly number[], seconds: number): Promise<CpuUse> {
  const from = lookAtTree(roots)
  await delay(seconds * 1000)
  return cpuBetween(from, lookAtTree(roots))
}

/** Process ids by the names of programs, of which the kernel keeps 15 characters. */
export function processesCalled(...commands: readonly string[]): number[] {
  return [...readProcesses().values()].flatMap(({ pid, command }) =>
    commands.includes(command) ? [pid] : [],
  )
}

/** Resident memory of one process, in bytes; of its own, without its children. */
export function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes ?? 0) * 1024
}

function readProcesses(): Map<number, ProcessStat> {
  const processes = new Map<number, ProcessStat>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const stat = parseStat(readFileSync(`/proc/${name}/stat`, 'utf8'))
      processes.set(stat.pid, stat)
    } catch {
      // It ended between being listed and being read.
    }
  }
  return processes
}

/** The command stands in parentheses and may hold blanks and parentheses itself: see proc(5). */
function parseStat(text: string): ProcessStat {
  const open = text.indexOf('(')
  const close = text.lastIndexOf(')')
  const fields = text.slice(close + 2).split(' ')
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  return {
    pid: Number(text.slice(0, open)),
    parent: Number(fields[1]),
    command: text.slice(open + 1, close),
    cpuSeconds: ticks / TICKS_PER_SECOND,
  }
}
