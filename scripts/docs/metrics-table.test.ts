import { expect, it } from 'vitest'
import { renderMetrics } from './metrics-table.ts'

it('writes a table for each who measures', () => {
  const tables = renderMetrics([
    ['sluice_a_total', { type: 'counter', help: 'One | two', labels: ['kind', 'code'], by: 'ingest' }],
    ['sluice_b', { type: 'gauge', help: 'Three', labels: [], by: 'every role' }],
  ])
  expect(tables).toContain('### The ingest')
  expect(tables).toContain('| `sluice_a_total` | counter | `kind`, `code` | One \\| two |')
  expect(tables).toContain('### Every role')
  expect(tables).toContain('| `sluice_b` | gauge | – | Three |')
})
