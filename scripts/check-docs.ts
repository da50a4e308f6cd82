/**
 * Checks what the documentation says about the repository: every relative link of a Markdown file leads somewhere,
 * every setting it names (SLUICE_…) exists, and the table of docs/configuration.md is that of the schema in
 * packages/runtime. `--write` renews that table.
 *
 * Run with `tsx --conditions=source`, so that workspace packages are read from their sources.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describeConfig } from '@sluice/runtime'
import { headingAnchors, relativeLinks } from './docs/markdown.ts'
import { renderSettings, replaceSettings } from './docs/settings-table.ts'

const root = join(import.meta.dirname, '..')
const settings = describeConfig()
/** SLUICE_CONFIG names the file of settings and is no setting itself. */
const variables = new Set(['SLUICE_CONFIG', ...settings.map(({ env }) => env)])
const problems: string[] = []

const guide = join(root, 'docs/configuration.md')
const guideText = readFileSync(guide, 'utf8')
const current = replaceSettings(guideText, renderSettings(settings))
if (current !== guideText) {
  if (process.argv.includes('--write')) writeFileSync(guide, current)
  else
    problems.push('docs/configuration.md: the table of settings is not that of the schema; run with --write')
}

const documents = markdownBelow(root)
for (const document of documents) {
  const text = readFileSync(document, 'utf8')
  const place = relative(root, document)
  for (const { path, fragment, line } of relativeLinks(text)) {
    const target = path === '' ? document : join(dirname(document), decodeURIComponent(path))
    if (!existsSync(target)) {
      problems.push(`${place}:${line}: ${path} does not exist`)
    } else if (fragment !== undefined && target.endsWith('.md')) {
      if (!headingAnchors(readFileSync(target, 'utf8')).has(fragment)) {
        problems.push(`${place}:${line}: no heading #${fragment} in ${relative(root, target)}`)
      }
    }
  }
  for (const name of new Set(text.match(/\bSLUICE_[A-Z0-9]+(?:_[A-Z0-9]+)*\b/g))) {
    if (!variables.has(name)) problems.push(`${place}: there is no setting ${name}`)
  }
}

for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
else console.log(`documentation: ${documents.length} files, no problem`)

function markdownBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (!entry.isDirectory()) return entry.name.endsWith('.md') ? [path] : []
    return ['node_modules', 'dist', 'fixtures', 'artifacts'].includes(entry.name) ||
      entry.name.startsWith('.')
      ? []
      : markdownBelow(path)
  })
}
