import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Cluster, connectCluster } from '@sluice/cluster'
import { type Config, createLogger, type Logger, type PrivateRedis, startPrivateRedis } from '@sluice/runtime'
import { FsStore } from '@sluice/store'
import type { OriginLimits } from '../limits.ts'
import { type OriginRole, start } from '../start.ts'

/** A Redis, a store and an origin of a test's own. */
export interface TestOrigin {
  readonly url: string
  readonly port: number
  /** Port of HTTPS, where the settings give it one. */
  readonly tlsPort: number | undefined
  readonly store: FsStore
  readonly cluster: Cluster
  readonly redis: PrivateRedis
  readonly storeFolder: string
  /** Starts a second origin beside the first. */
  another(): Promise<OriginRole>
  stop(): Promise<void>
}

/**
 * Starts everything on free ports in a temporary folder.
 *
 * @param settings - of the origin, other than the defaults.
 */
export async function startTestOrigin(
  limits: Partial<OriginLimits> = {},
  webRoot?: string,
  settings: Partial<Config['origin']> = {},
  playback: Config['playback'] = {},
): Promise<TestOrigin> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-origin-'))
  const log: Logger = createLogger({ log: { level: 'fatal', format: 'json' } }, 'test')
  const redis = await startPrivateRedis({ dataDir: folder, log })
  const storeFolder = join(folder, 'segments')
  const store = new FsStore({ directory: storeFolder })
  const cluster = await connectCluster({ url: redis.url, log })
  const config = {
    bind: '127.0.0.1',
    dataDir: folder,
    origin: { port: 0, tls: { port: 0 }, ...settings },
    playback,
    windowSeconds: 60,
  }
  const options = {
    config,
    log,
    redisUrl: redis.url,
    store,
    limits,
    ...(webRoot === undefined ? {} : { webRoot }),
  }
  const origin = await start(options)
  const others: OriginRole[] = []
  return {
    url: `http://127.0.0.1:${origin.port}`,
    port: origin.port,
    tlsPort: origin.tlsPort,
    store,
    cluster,
    redis,
    storeFolder,
    another: async () => {
      const role = await start(options)
      others.push(role)
      return role
    },
    stop: async () => {
      await Promise.all([origin, ...others].map((role) => role.stop()))
      await cluster.stop()
      await redis.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
