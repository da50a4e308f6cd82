import { mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The file descriptor that a reader process finds its progress at. */
export const PROGRESS_FD = 3

/**
 * The number of the input being read, in a file without a name: a process that never comes back from an input cannot be asked, and
 * one that died cannot answer.
 *
 * @returns its descriptor, to be closed by the caller.
 */
export function openProgress(): number {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-fuzz-'))
  try {
    return openSync(join(folder, 'progress'), 'w+')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const number = new Float64Array(1)

export function writeProgress(descriptor: number, index: number): void {
  number[0] = index
  writeSync(descriptor, number, 0, number.byteLength, 0)
}

export function readProgress(descriptor: number): number {
  readSync(descriptor, number, 0, number.byteLength, 0)
  return number[0] ?? 0
}
