/**
 * `npm run deps`: fails on an import, a package.json dependency or a tsconfig reference that points the wrong way
 * between the layers, and on what layers 0 to 2 must not touch. The drawing is in `dependencies/layers.ts`.
 */
import { join } from 'node:path'
import { findViolations } from './dependencies/rules.ts'
import { readWorkspace } from './dependencies/workspace.ts'

const workspace = readWorkspace(join(import.meta.dirname, '..'))
const violations = findViolations(workspace)
for (const { place, message } of violations) console.error(`${place}: ${message}`)

const files = workspace.packages.reduce((sum, pkg) => sum + pkg.files.length, 0)
const counted = `${workspace.packages.length} packages, ${files} files`
if (violations.length > 0) {
  console.error(`dependency direction: ${violations.length} violations in ${counted}`)
  process.exitCode = 1
} else {
  console.log(`dependency direction: ${counted}, no violation`)
}
