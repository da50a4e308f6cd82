import { cell, type Markers, replaceBetween } from './tables.ts'

/** One setting as the guide shows it. `default` is undefined for an optional one. */
export interface DocumentedSetting {
  readonly key: string
  readonly env: string
  readonly description: string
  readonly default: string | number | undefined
  readonly allowed: string
}

const IN_ENVIRONMENT: Markers = {
  begin: '# settings: written by scripts/check-docs.ts --write',
  end: '# /settings',
}
const ENVIRONMENT_WIDTH = 120

/** The Markdown table of all settings, in the order of the schema. */
export function renderSettings(settings: readonly DocumentedSetting[]): string {
  const rows = settings.map(
    ({ key, env, description, default: value, allowed }) =>
      `| \`${key}\` | \`${env}\` | ${value === undefined ? '–' : `\`${value}\``} | ${cell(description)} | ${cell(allowed)} |`,
  )
  return [
    '| In `sluice.yaml` | In the environment | Default | Meaning | Allowed |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}

/** The settings as lines of an `.env` file: what each means, what it may be, and its default behind a comment sign. */
export function renderEnvironment(settings: readonly DocumentedSetting[]): string {
  return settings
    .map(({ env, description, default: value, allowed }) =>
      [...wrap(`${description}. Allowed: ${allowed}`), `#${env}=${value ?? ''}`].join('\n'),
    )
    .join('\n\n')
}

/** An `.env` file with the lines between its two markers replaced. @throws {Error} when it has no such markers. */
export function replaceEnvironment(document: string, lines: string): string {
  return replaceBetween(document, lines, IN_ENVIRONMENT)
}

/** Comment lines of an `.env` file. */
function wrap(text: string): string[] {
  const lines: string[] = []
  let line = '#'
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > ENVIRONMENT_WIDTH) {
      lines.push(line)
      line = '#'
    }
    line += ` ${word}`
  }
  return [...lines, line]
}
