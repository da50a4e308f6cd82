import { readdir, readFile } from 'node:fs/promises'

/** Process ids of a process's own children, from Linux's `/proc`. */
export async function childrenOf(parent: number): Promise<number[]> {
  const children: number[] = []
  for (const name of await readdir('/proc')) {
    const status = /^\d+$/.test(name) ? await readFile(`/proc/${name}/status`, 'utf8').catch(() => '') : ''
    if (Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1]) === parent) children.push(Number(name))
  }
  return children
}

/** True while there is a process with this id. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false // no such process: nobody else's processes are asked about
  }
}
