/**
 * Checks what the documentation says about the repository: every relative link of a Markdown file leads somewhere,
 * every setting that it or the files of a deployment name (SLUICE_…) and every metric (sluice_…) exists, the settings in
 * docs/configuration.md and .env.example are those of the schema in packages/runtime, and docs/operations/metrics.md has those of
 * packages/metrics. `--write` renews those.
 *
 * Run with `tsx --conditions=source`, so that workspace packages are read from their sources.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { definitions, Metrics } from '@sluice/metrics'
import { describeConfig } from '@sluice/runtime'
import { headingAnchors, relativeLinks } from './docs/markdown.ts'
import { renderMetrics, renderProcessMetrics } from './docs/metrics-table.ts'
import { renderEnvironment, renderSettings, replaceEnvironment } from './docs/settings-table.ts'
import { replaceTable } from './docs/tables.ts'

const root = join(import.meta.dirname, '..')
const settings = describeConfig()
/** SLUICE_CONFIG names the file of settings and is no setting itself. */
const variables = new Set(['SLUICE_CONFIG', ...settings.map(({ env }) => env)])
const problems: string[] = []

/** What docker-compose.yml sets itself, and secrets, which are no business of an .env file. */
const COMPOSE_SETS =
  /port$|^(dataDir|bind|advertiseHost|ffmpeg|store|memoryStore.*|redis\..*|metrics\.bind|worker\.(encoder|vaapiDevice)|origin\.(tls\..*|trustedProxies))$/i
const inEnvironment = settings.filter(({ key, secret }) => !secret && !COMPOSE_SETS.test(key))

checkGenerated('docs/configuration.md', (text) => replaceTable(text, 'settings', renderSettings(settings)))
checkGenerated('.env.example', (text) => replaceEnvironment(text, renderEnvironment(inEnvironment)))
const ofProcess = await new Metrics({ version: '', streams: 0 }).describeProcess()
const metrics = new Set([...definitions().map(([name]) => name), ...ofProcess.map(({ name }) => name)])
checkGenerated('docs/operations/metrics.md', (text) =>
  replaceTable(
    replaceTable(text, 'metrics', renderMetrics(definitions())),
    'process',
    renderProcessMetrics(ofProcess),
  ),
)
for (const path of ['.env.example', 'docker-compose.yml', 'infra/docker/Dockerfile'])
  checkNames(path, readFileSync(join(root, path), 'utf8'))

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
  checkNames(place, text)
}

for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
else console.log(`documentation: ${documents.length} files, no problem`)

/** A file of which a part is written by this program. */
function checkGenerated(path: string, renew: (text: string) => string): void {
  const file = join(root, path)
  const text = readFileSync(file, 'utf8')
  const renewed = renew(text)
  if (renewed === text) return
  if (process.argv.includes('--write')) writeFileSync(file, renewed)
  else problems.push(`${path}: what is generated is not that of the code; run with --write`)
}

function checkNames(place: string, text: string): void {
  for (const name of new Set(text.match(/\bSLUICE_[A-Z0-9]+(?:_[A-Z0-9]+)*\b/g))) {
    if (!variables.has(name)) problems.push(`${place}: there is no setting ${name}`)
  }
  for (const name of new Set(text.match(/\bsluice_[a-z]+_[a-z_]+\b/g))) {
    if (!metrics.has(name.replace(/_(bucket|sum|count)$/, '')))
      problems.push(`${place}: there is no metric ${name}`)
  }
}

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
