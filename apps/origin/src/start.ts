import { join } from 'node:path'
import { connectCluster } from '@sluice/cluster'
import { DependencyError, errorMessage } from '@sluice/core'
import { type Config, type Logger, type Stoppable, stopAll } from '@sluice/runtime'
import type { SegmentStore } from '@sluice/store'
import { addLiveRoutes } from './http/live-routes.ts'
import { addPageRoutes } from './http/page-routes.ts'
import { createServer } from './http/server.ts'
import { addStatusRoutes } from './http/status-routes.ts'
import { DEFAULT_LIMITS, type OriginLimits } from './limits.ts'
import { clusterTimelineSource } from './live/cluster-timeline-source.ts'
import { MediaCache } from './live/media-cache.ts'
import { StreamDirectory } from './live/stream-directory.ts'
import { WaitingRoom } from './live/wait-list.ts'

/** What an origin is started with. */
export interface OriginOptions {
  readonly config: Pick<Config, 'bind' | 'origin' | 'windowSeconds'>
  readonly log: Logger
  /** The Redis that all roles share. */
  readonly redisUrl: string
  /** Where workers put media; stays open when the origin stops. */
  readonly store: SegmentStore
  /** Folder of the built web app; default: the one beside this app. */
  readonly webRoot?: string
  /** Other than {@link DEFAULT_LIMITS}. */
  readonly limits?: Partial<OriginLimits>
}

/** A running origin. */
export interface OriginRole extends Stoppable {
  /** The port it listens on. */
  readonly port: number
}

const STOP_MILLIS = 4_000
const TIME_SERVER = '/time'

/**
 * Starts an origin.
 *
 * @throws {DependencyError} `cluster.redis.…` when Redis cannot be reached, `origin.port.unusable`.
 */
export async function start(options: OriginOptions): Promise<OriginRole> {
  const { config, log, redisUrl, store } = options
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const running: Stoppable[] = []
  try {
    const cluster = await connectCluster({ url: redisUrl, log })
    running.push(cluster)
    const source = clusterTimelineSource(cluster)
    const directory = new StreamDirectory(
      {
        source,
        media: new MediaCache(store, limits.cacheBytes),
        room: new WaitingRoom(limits.maxWaiting),
        log,
        windowSeconds: config.windowSeconds,
        timeServerUrl: TIME_SERVER,
      },
      limits,
    )
    const app = createServer(log)
    running.push({ stop: () => app.close() }, directory)
    addLiveRoutes(app, directory, limits)
    addStatusRoutes(app, { redis: () => source.check(), store: () => store.check() })
    await addPageRoutes(app, options.webRoot ?? join(import.meta.dirname, '../../web/dist'))
    await app.listen({ host: config.bind, port: config.origin.port }).catch((error: unknown) => {
      throw portUnusable(config.origin.port, error)
    })
    const address = app.server.address()
    const port = typeof address === 'object' && address !== null ? address.port : config.origin.port
    log.info({ port }, 'origin listens')
    return { port, stop: () => stopAll(running, STOP_MILLIS) }
  } catch (error) {
    await stopAll(running, STOP_MILLIS)
    throw error
  }
}

function portUnusable(port: number, cause: unknown): DependencyError {
  return new DependencyError(
    'origin.port.unusable',
    `port ${port} cannot be used for viewers (${errorMessage(cause)}): stop what listens there, or set SLUICE_ORIGIN_PORT`,
    { details: { port }, cause },
  )
}
