/**
 * How long appends gather, in milliseconds. Each wake-up of Redis costs more than the events it brings: with 20
 * streams several times a second each, this makes one of four.
 */
const BEAT_MILLIS = 15

let waiting: (() => void)[] = []

/** Runs a step together with those of all other broadcasts of this process, at the next beat. */
export function onBeat(step: () => void): void {
  waiting.push(step)
  if (waiting.length > 1) return
  setTimeout(() => {
    const steps = waiting
    waiting = []
    for (const each of steps) each()
  }, BEAT_MILLIS)
}
