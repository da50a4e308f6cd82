import { Metrics, type PrivateServer, startPrivateServer } from '@sluice/metrics'
import type { Config, Logger } from '@sluice/runtime'
import { version } from './version.ts'

/** The metrics of this process; undefined where nobody is to be told. */
export function openMetrics({ metrics: { port, streams } }: Pick<Config, 'metrics'>): Metrics | undefined {
  return port === 0 ? undefined : new Metrics({ version: version(), streams })
}

/** Tells them, and whether this process is ready, on the private port; undefined where that is off. */
export async function serveMetrics(
  metrics: Metrics | undefined,
  { metrics: { port, bind: host } }: Pick<Config, 'metrics'>,
  log: Logger,
): Promise<PrivateServer | undefined> {
  if (metrics === undefined) return undefined
  const server = await startPrivateServer({ host, port, metrics })
  log.info({ host, port: server.port }, 'metrics are served')
  return server
}
