/** Attempts at a smaller input. */
const MOST_ATTEMPTS = 2_000

/**
 * Looks for a shorter input with the same fault: leaves out ever smaller pieces, then makes bytes 0.
 *
 * @param isFaulty - whether an input has the fault.
 * @returns the shortest that was found; `input` itself where none is shorter.
 */
export function shrink(input: Uint8Array, isFaulty: (input: Uint8Array) => boolean): Uint8Array {
  let best = input
  let attempts = 0
  const tryInput = (candidate: Uint8Array): boolean => {
    attempts += 1
    if (!isFaulty(candidate)) return false
    best = candidate
    return true
  }
  for (
    let size = Math.ceil(best.length / 2);
    size >= 1 && attempts < MOST_ATTEMPTS;
    size = Math.floor(size / 2)
  ) {
    for (let at = best.length - size; at > -size && attempts < MOST_ATTEMPTS; at -= size) {
      const from = Math.max(at, 0)
      tryInput(Buffer.concat([best.subarray(0, from), best.subarray(from + size)]))
    }
  }
  for (let at = 0; at < best.length && attempts < MOST_ATTEMPTS; at++) {
    if (best[at] === 0) continue
    const candidate = Uint8Array.from(best)
    candidate[at] = 0
    tryInput(candidate)
  }
  return best
}
