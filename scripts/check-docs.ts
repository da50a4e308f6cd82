/**
 * Checks what the documentation says about the repository: every relative link of a Markdown file leads somewhere, and
 * every setting it names (SLUICE_…) is one that packages/runtime reads.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { headingAnchors, relativeLinks } from './docs/markdown.ts'

const root = join(import.meta.dirname, '..')
const documents = filesBelow(root, /\.md$/)
const settings = new Set(
  filesBelow(join(root, 'packages/runtime/src'), /(?<!\.test)\.ts$/).flatMap((path) =>
    settingsIn(readFileSync(path, 'utf8')),
  ),
)

const problems: string[] = []
for (const document of documents) {
  const text = readFileSync(document, 'utf8')
  const place = relative(root, document)
  for (const { path, fragment, line } of relativeLinks(text)) {
    const target = path === '' ? document : join(dirname(document), decodeURIComponent(path))
    if (!existsSync(target)) problems.push(`${place}:${line}: ${path} does not exist`)
    else if (fragment !== undefined && target.endsWith('.md')) {
      if (!headingAnchors(readFileSync(target, 'utf8')).has(fragment)) {
        problems.push(`${place}:${line}: no heading #${fragment} in ${relative(root, target)}`)
      }
    }
  }
  for (const name of new Set(settingsIn(text))) {
    if (!settings.has(name)) problems.push(`${place}: packages/runtime knows no setting ${name}`)
  }
}

for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
else console.log(`documentation: ${documents.length} files, no problem`)

function settingsIn(text: string): string[] {
  return text.match(/\bSLUICE_[A-Z0-9]+(?:_[A-Z0-9]+)*\b/g) ?? []
}

function filesBelow(folder: string, name: RegExp): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (!entry.isDirectory()) return name.test(entry.name) ? [path] : []
    return ['node_modules', 'dist', 'fixtures', 'artifacts'].includes(entry.name) ||
      entry.name.startsWith('.')
      ? []
      : filesBelow(path, name)
  })
}
