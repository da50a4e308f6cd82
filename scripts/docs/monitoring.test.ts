import { readFileSync } from 'node:fs'
import { definitions, Metrics } from '@sluice/metrics'
import { expect, test } from 'vitest'
import { headingAnchors } from './markdown.ts'

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const rules = read('infra/prometheus/alerts.yml')

test('every alert has a section of its name that says what to do', () => {
  const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name.toLowerCase())
  const anchors = headingAnchors(read('docs/operations/alerts.md'))
  expect(alerts.filter((name) => !anchors.has(name))).toEqual([])
  const runbooks = [...rules.matchAll(/runbook: docs\/operations\/alerts\.md#(\w+)/g)].map(([, name]) => name)
  expect(runbooks).toEqual(alerts)
})

test('dashboards and rules ask for metrics that there are', async () => {
  const ofProcess = await new Metrics({ version: '', streams: 0 }).describeProcess()
  const known = new Set([...definitions().map(([name]) => name), ...ofProcess.map(({ name }) => name)])
  const dashboards = ['overview', 'stream', 'worker', 'origin'].map((name) =>
    read(`infra/grafana/dashboards/${name}.json`),
  )
  const asked = [rules, ...dashboards].flatMap(
    (text) => text.match(/\b(?:sluice|process|nodejs)_[a-z0-9_]+/g) ?? [],
  )
  const unknown = asked.filter((name) => !known.has(name.replace(/_(bucket|count|sum)$/, '')))
  expect(unknown).toEqual([])
})
