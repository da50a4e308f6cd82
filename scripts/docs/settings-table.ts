/** One setting as the guide shows it. `default` is undefined for an optional one. */
export interface DocumentedSetting {
  readonly key: string
  readonly env: string
  readonly description: string
  readonly default: string | number | undefined
  readonly allowed: string
}

const BEGIN = '<!-- settings: written by scripts/check-docs.ts --write -->'
const END = '<!-- /settings -->'

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

/**
 * The document with the table between its two markers replaced.
 *
 * @throws {Error} when the document has no such markers.
 */
export function replaceSettings(document: string, table: string): string {
  const begin = document.indexOf(BEGIN)
  const end = document.indexOf(END)
  if (begin < 0 || end < begin) throw new Error(`the document has no place for settings: ${BEGIN} … ${END}`)
  return `${document.slice(0, begin + BEGIN.length)}\n\n${table}\n\n${document.slice(end)}`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
