import type { MetricDefinition } from '@sluice/metrics'
import { cell } from './tables.ts'

/** The Markdown tables of all metrics of the gateway's own, one for each who measures. */
export function renderMetrics(definitions: readonly (readonly [string, MetricDefinition])[]): string {
  const groups = [...new Set(definitions.map(([, { by }]) => by))]
  return groups
    .map((group) => {
      const rows = definitions
        .filter(([, { by }]) => by === group)
        .map(([name, { type, labels, help }]) => {
          const marks = labels.map((label) => `\`${label}\``).join(', ')
          return `| \`${name}\` | ${type} | ${marks === '' ? '–' : marks} | ${cell(help)} |`
        })
      const title = group === 'every role' ? 'Every role' : `The ${group}`
      return [`### ${title}`, '', '| Name | Type | Labels | Meaning |', '|---|---|---|---|', ...rows].join(
        '\n',
      )
    })
    .join('\n\n')
}

/** The table of what any Node process tells of itself. */
export function renderProcessMetrics(
  metrics: readonly { readonly name: string; readonly type: string; readonly help: string }[],
): string {
  const rows = metrics.map(
    ({ name, type, help }) => `| \`${name}\` | ${type} | ${cell(help.replace(/\.$/, ''))} |`,
  )
  return ['| Name | Type | Meaning |', '|---|---|---|', ...rows].join('\n')
}
