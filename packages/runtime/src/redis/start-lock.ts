import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { DependencyError } from '@sluice/core'

/** Longer than any start takes, so an older lock was left behind by a process that died. */
const STALE_MILLIS = 120_000
const POLL_MILLIS = 50

/** Locks that this very process holds: its own process id in a lock file proves nothing. */
const heldHere = new Set<string>()

/**
 * Runs `action` while no other process on this machine runs one under the same lock file. Locks of dead
 * processes are taken over.
 *
 * @throws {DependencyError} `runtime.redis.locked` when the lock stays taken.
 */
export async function withStartLock<T>(path: string, action: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + STALE_MILLIS
  while (!(await take(path))) {
    if (await isStale(path)) await rm(path, { force: true })
    else if (Date.now() > deadline)
      throw new DependencyError(
        'runtime.redis.locked',
        `another process keeps starting the private Redis; if there is none, delete ${path}`,
        { details: { path } },
      )
    else await delay(POLL_MILLIS)
  }
  heldHere.add(path)
  try {
    return await action()
  } finally {
    heldHere.delete(path)
    await rm(path, { force: true })
  }
}

/** True when the process id in a file belongs to a running process other than this one. */
export async function heldByAnother(path: string): Promise<boolean> {
  const pid = Number(await readFile(path, 'utf8').catch(() => ''))
  // After a container restart the process that died often had this very id.
  return Number.isSafeInteger(pid) && pid > 0 && pid !== process.pid && isRunning(pid)
}

async function take(path: string): Promise<boolean> {
  try {
    await writeFile(path, String(process.pid), { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

async function isStale(path: string): Promise<boolean> {
  const age = await stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => undefined,
  )
  if (age === undefined) return false
  if (age > STALE_MILLIS) return true
  // A lock this young may be between its creation and its content.
  return age > 1000 && !heldHere.has(path) && !(await heldByAnother(path))
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
