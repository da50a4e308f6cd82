import { existsSync, readFileSync } from 'node:fs'

/** Values recorded from another implementation; not ours to copy, so read in place. */
const CAPTURES = new URL('../../../../../shared/captures/amf/', import.meta.url)

/** @returns the bytes of a recorded value, or why there are none. */
export function capturedValue(name: string): Uint8Array | string {
  const file = new URL(`${name}.bin`, CAPTURES)
  return existsSync(file) ? new Uint8Array(readFileSync(file)) : `${file.pathname} is absent`
}
