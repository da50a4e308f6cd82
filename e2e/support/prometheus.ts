import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, freePort, startChild, waitFor } from '@sluice/testkit'

const INFRA = new URL('../../infra/', import.meta.url).pathname

/** A Prometheus that looks at one process every second, with the rules that are shipped. */
export interface Prometheus {
  /** The answer to a query now: its series. Throws where the query is none. */
  query(expression: string): Promise<readonly unknown[]>
  /** Every alert that is loaded, and whether its expression could be evaluated (`ok`). */
  alerts(): Promise<readonly { readonly name: string; readonly health: string }[]>
  stop(): Promise<void>
}

/** One query of a dashboard or an alert, and where it is. */
export interface ShippedQuery {
  readonly place: string
  readonly expression: string
}

/** Starts Prometheus. @param target - `HOST:PORT` of the metrics. */
export async function startPrometheus(target: string): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-prometheus-'))
  const port = await freePort()
  const config = join(folder, 'prometheus.yml')
  await writeFile(
    config,
    `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [${INFRA}prometheus/alerts.yml]
scrape_configs:
  - job_name: sluice
    static_configs: [{ targets: ['${target}'], labels: { service: up } }]
`,
  )
  const child: Child = startChild('prometheus', [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ])
  const url = `http://127.0.0.1:${port}`
  await waitFor(
    () =>
      fetch(`${url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
    { what: `Prometheus: ${child.output()}` },
  )
  return {
    query: async (expression) => {
      const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`)
      const answer = (await response.json()) as { data?: { result: unknown[] }; error?: string }
      if (answer.data === undefined) throw new Error(`${expression}: ${answer.error}`)
      return answer.data.result
    },
    alerts: async () => {
      const response = await fetch(`${url}/api/v1/rules?type=alert`)
      const { data } = (await response.json()) as RulesAnswer
      return data.groups.flatMap(({ rules }) => rules)
    },
    stop: async () => {
      await child.stop('SIGTERM')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

interface RulesAnswer {
  readonly data: {
    readonly groups: readonly { readonly rules: readonly { name: string; health: string }[] }[]
  }
}

export const DASHBOARDS = ['overview', 'stream', 'worker', 'origin'] as const

interface Dashboard {
  readonly panels: readonly {
    readonly title: string
    readonly targets: readonly { readonly expr: string }[]
  }[]
}

/** All queries of a dashboard, with Grafana's variables replaced as Grafana does. */
export async function dashboardQueries(name: string, stream: string): Promise<ShippedQuery[]> {
  const dashboard: Dashboard = JSON.parse(await readFile(`${INFRA}grafana/dashboards/${name}.json`, 'utf8'))
  return dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => ({
      place: `${name}: ${title}`,
      expression: expr
        .replaceAll('$__rate_interval', '10s')
        .replaceAll('$stream', stream)
        .replaceAll('$instance', '.+'),
    })),
  )
}
