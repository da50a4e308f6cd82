/**
 * Writes `docs/openapi.json`, the description of the operator API:
 * `npx tsx --conditions=source scripts/write-openapi.ts`. A test of `apps/control` fails while it is out of date.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openApiDocument } from '../apps/control/src/openapi.ts'

const file = join(import.meta.dirname, '..', 'docs', 'openapi.json')
await writeFile(file, `${JSON.stringify(await openApiDocument(), undefined, 2)}\n`)
console.log(`wrote ${file}`)
