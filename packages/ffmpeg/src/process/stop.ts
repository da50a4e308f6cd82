import { setTimeout as delay } from 'node:timers/promises'
import type { Child } from './child.ts'

/** What it took to end a process: the end of its input, SIGTERM, or SIGKILL. */
export type StopStep = 'eof' | 'sigterm' | 'sigkill'

/** Milliseconds each step is given. A loaded machine takes a while to flush a ladder's encoders. */
const PATIENCE = { eof: 3000, sigterm: 1000 } as const

/**
 * Ends an ffmpeg process: the end of its input lets it write everything it holds. One that waits for a reader does not
 * notice, nor does it obey SIGTERM while it reads an idle input, so the second step is to close the input for
 * good and send SIGTERM; SIGKILL is the last.
 */
export async function stopChild(child: Child): Promise<StopStep> {
  child.stdin.end()
  if (await endsWithin(child, PATIENCE.eof)) return 'eof'
  child.stdin.destroy()
  child.kill('SIGTERM')
  if (await endsWithin(child, PATIENCE.sigterm)) return 'sigterm'
  child.kill('SIGKILL')
  await child.ended
  return 'sigkill'
}

async function endsWithin(child: Child, milliseconds: number): Promise<boolean> {
  const timer = new AbortController()
  const late = delay(milliseconds, false, { signal: timer.signal }).catch(() => false)
  const ended = await Promise.race([child.ended.then(() => true), late])
  timer.abort()
  return ended
}
