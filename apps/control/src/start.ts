import type { AddressInfo } from 'node:net'
import { type Cluster, connectCluster } from '@sluice/cluster'
import { DependencyError, errorMessage } from '@sluice/core'
import { type Metrics, measureRedis } from '@sluice/metrics'
import type { Config, Logger, Stoppable } from '@sluice/runtime'
import { measureCluster } from './control-metrics.ts'
import type { ApiServer } from './http/api-server.ts'
import { buildServer } from './http/server.ts'
import { ensureOperatorToken } from './operator-token.ts'

/** What {@link start} needs. */
export interface ControlOptions {
  readonly config: Config
  /** The Redis of all roles: the configured or the private one. */
  readonly redisUrl: string
  readonly log: Logger
  /** Where it is told what is measured; default: nowhere. */
  readonly metrics?: Metrics | undefined
}

/** A running operator API. */
export interface Control extends Stoppable {
  /** The port that was taken. */
  readonly port: number
  /** The operator token, when it was made now: show it, it is not shown again. */
  readonly newToken: string | undefined
}

/**
 * Starts the operator API.
 *
 * @throws {DependencyError} `cluster.redis.…`, `control.port.unusable`, `control.token.unreadable`, `runtime.data_dir.unusable`
 */
export async function start(options: ControlOptions): Promise<Control> {
  const { config, log, metrics } = options
  const cluster = await connectCluster({ url: options.redisUrl, log })
  const server = await buildServer({ config, log, cluster: () => cluster, metrics })
  if (metrics !== undefined) {
    measureRedis(metrics, 'control', () => cluster.check())
    measureCluster(metrics, cluster)
  }
  const stop = async (): Promise<void> => {
    await server.close()
    await cluster.stop()
  }
  try {
    const listening = await listen(server, cluster, config)
    log.info({ port: listening.port }, 'control is ready')
    return { ...listening, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function listen(
  server: ApiServer,
  cluster: Cluster,
  config: Config,
): Promise<{ port: number; newToken: string | undefined }> {
  const newToken = await ensureOperatorToken(cluster.tokens, config)
  try {
    await server.listen({ host: config.bind, port: config.control.port })
  } catch (error) {
    throw new DependencyError(
      'control.port.unusable',
      `port ${config.control.port} cannot be used for the operator API (${errorMessage(error)}): set SLUICE_CONTROL_PORT`,
      { details: { port: config.control.port }, cause: error },
    )
  }
  const { port } = server.server.address() as AddressInfo
  return { port, newToken }
}
