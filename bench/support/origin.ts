import { join } from 'node:path'
import { type Cluster, connectCluster } from '@sluice/cluster'
import { FsStore } from '@sluice/store'
import { startTestRedis } from '@sluice/testkit'
import { startGatewayProcess } from './gateway.ts'

/** An origin by itself, and what workers have in common with it. */
export interface BenchOrigin {
  readonly pid: number
  readonly url: string
  readonly cluster: Cluster
  readonly store: FsStore
  stop(): Promise<void>
}

/** Starts one origin process as it was built, with a Redis and a folder of segments. */
export async function startBenchOrigin(cpuProfile: string | undefined): Promise<BenchOrigin> {
  const redis = await startTestRedis()
  const origin = await startGatewayProcess('origin', cpuProfile, {
    SLUICE_ORIGIN_PORT: '0',
    SLUICE_REDIS_URL: redis.url,
  })
  const port = await origin.waitFor(
    (output) => /"port":(\d+)[^\n]*"origin is ready"/.exec(output)?.[1],
    "the origin's port",
  )
  const cluster = await connectCluster({ url: redis.url, log: QUIET })
  return {
    pid: origin.pid,
    url: `http://127.0.0.1:${port}`,
    cluster,
    store: new FsStore({ directory: join(origin.dataDir, 'segments') }),
    stop: async () => {
      await cluster.stop()
      await origin.stop()
      await redis.stop()
    },
  }
}

const QUIET = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
