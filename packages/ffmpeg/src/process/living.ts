/** Something that must not outlive this process. */
interface Killable {
  kill(signal: 'SIGKILL'): boolean
}

const living = new Set<Killable>()

function killAll(): void {
  for (const child of living) child.kill('SIGKILL')
}

/**
 * Has `child` killed when this process exits by itself (an uncaught error, `process.exit`). When this process is
 * killed no code runs; then its end of the pipes closes, which ends ffmpeg.
 *
 * @returns takes it out again, for when it has ended.
 */
export function killAtExit(child: Killable): () => void {
  if (living.size === 0) process.on('exit', killAll)
  living.add(child)
  return () => {
    living.delete(child)
    if (living.size === 0) process.off('exit', killAll)
  }
}
