import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Finding } from './batch.ts'

/** Where inputs that showed faults are kept. */
const FOLDER = join(import.meta.dirname, '../../artifacts/fuzz')
const LINE = 64

/** Writes the input of a finding as it is (`.bin`) and for people (`.txt`). @returns the path of the former. */
export function saveFinding({ target, seed, index, kind, message, input }: Finding): string {
  mkdirSync(FOLDER, { recursive: true })
  const path = join(FOLDER, `${target.replaceAll('/', '-')}-${seed}-${index}-${kind}`)
  const hex = Buffer.from(input).toString('hex')
  const lines = hex.match(new RegExp(`.{1,${LINE}}`, 'g')) ?? []
  writeFileSync(`${path}.bin`, input)
  writeFileSync(
    `${path}.txt`,
    [
      `${kind}: ${message}`,
      `target ${target}, seed ${seed}, input ${index}, ${input.length} bytes:`,
      ...lines,
      '',
      `npm run fuzz -- --target ${target} --replay ${path}.bin`,
      '',
    ].join('\n'),
  )
  return `${path}.bin`
}
