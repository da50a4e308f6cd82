import type { Socket } from 'node:net'
import { join } from 'node:path'
import { connectCluster, readPlaybackSecrets } from '@sluice/cluster'
import { DependencyError, errorMessage } from '@sluice/core'
import { ConnectionTally, type Metrics, measureRedis } from '@sluice/metrics'
import { type Config, configuredCertificate, type Logger, type Stoppable, stopAll } from '@sluice/runtime'
import type { SegmentStore } from '@sluice/store'
import type { FastifyInstance } from 'fastify'
import { addFileRoutes } from './http/file-routes.ts'
import { HotPlaylists } from './http/hot-playlists.ts'
import { addMpdRoutes } from './http/mpd-routes.ts'
import { ORIGIN_CERTIFICATE } from './http/origin-certificate.ts'
import { addPageRoutes } from './http/page-routes.ts'
import { addPlaybackGate } from './http/playback-gate.ts'
import { addPlaylistRoutes } from './http/playlist-routes.ts'
import { type EndedResponse, ResponseCounts } from './http/response-counts.ts'
import { createServer } from './http/server.ts'
import { dropSlowReaders } from './http/slow-readers.ts'
import { addStatusRoutes } from './http/status-routes.ts'
import { addTimeRoutes } from './http/time-routes.ts'
import { createTlsServer } from './http/tls-server.ts'
import { addTransportRoutes } from './http/transport-routes.ts'
import { viewerAddress } from './http/viewer-address.ts'
import { DEFAULT_LIMITS, type OriginLimits } from './limits.ts'
import { clusterTimelineSource } from './live/cluster-timeline-source.ts'
import { MediaCache } from './live/media-cache.ts'
import { OriginTotals } from './live/origin-totals.ts'
import { StreamDirectory } from './live/stream-directory.ts'
import { WaitingRoom } from './live/wait-list.ts'
import { measureOrigin } from './origin-metrics.ts'

/** What an origin is started with. */
export interface OriginOptions {
  readonly config: Pick<
    Config,
    'bind' | 'dataDir' | 'advertiseHost' | 'origin' | 'playback' | 'windowSeconds'
  >
  readonly log: Logger
  /** The Redis that all roles share. */
  readonly redisUrl: string
  /** Where workers put media; stays open when the origin stops. */
  readonly store: SegmentStore
  /** Folder of the built web app; default: the one beside this app. */
  readonly webRoot?: string
  /** Other than {@link DEFAULT_LIMITS}. */
  readonly limits?: Partial<OriginLimits>
  /** Where it is told what is measured; default: nowhere. */
  readonly metrics?: Metrics | undefined
}

/** A running origin. */
export interface OriginRole extends Stoppable {
  /** The port of plain HTTP. */
  readonly port: number
  /** The port of HTTPS; undefined where that is off. */
  readonly tlsPort: number | undefined
}

const STOP_MILLIS = 4_000
const TIME_SERVER = '/time'

/**
 * Starts an origin.
 *
 * @throws {DependencyError} `cluster.redis.…` when Redis cannot be reached, `origin.port.unusable`, `origin.tls.…` for the
 * certificate.
 */
export async function start(options: OriginOptions): Promise<OriginRole> {
  const { config, log, redisUrl, store, metrics } = options
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const running: Stoppable[] = []
  try {
    const cluster = await connectCluster({ url: redisUrl, log })
    running.push(cluster)
    const source = clusterTimelineSource(cluster)
    const totals = new OriginTotals()
    const media = new MediaCache(store, limits.cacheBytes, totals.media)
    const room = new WaitingRoom(limits.maxWaiting)
    const directory = new StreamDirectory(
      {
        source,
        media,
        room,
        totals,
        log,
        windowSeconds: config.windowSeconds,
        timeServerUrl: TIME_SERVER,
        slowReaderMillis: limits.slowReaderMillis,
      },
      limits,
    )
    const gate = {
      secrets:
        config.playback.secrets === undefined ? undefined : readPlaybackSecrets(config.playback.secrets),
      address: viewerAddress(config.origin.trustedProxies),
    }
    const responses = new ResponseCounts()
    const tallies = new Map<string, ConnectionTally>()
    const servers: Stoppable[] = []
    // The directory stops first: held requests are answered before their servers close.
    running.push({ stop: () => stopAll(servers, STOP_MILLIS) }, directory)
    // Tokens are looked at with each request.
    const hot = gate.secrets === undefined ? new HotPlaylists(directory, totals.documents) : undefined
    const open = async (
      app: FastifyInstance,
      protocol: 'http' | 'https',
      port: number,
      setting: string,
    ): Promise<number> => {
      const ended = (response: EndedResponse): void => responses.count(response)
      servers.push({ stop: () => app.close() }, dropSlowReaders(app.server, limits.answerMillis, ended))
      const tally = new ConnectionTally()
      tallies.set(protocol, tally)
      app.server.prependListener('connection', (socket: Socket) => tally.add(socket))
      addPlaybackGate(app, gate)
      addPlaylistRoutes(app, directory, limits, hot)
      addMpdRoutes(app, directory, limits)
      addFileRoutes(app, directory, limits)
      addTransportRoutes(app, directory, limits)
      addTimeRoutes(app, directory)
      addStatusRoutes(app, { redis: () => source.check(), store: () => store.check() })
      await addPageRoutes(app, options.webRoot ?? join(import.meta.dirname, '../../web/dist'))
      return listen(app, config.bind, port, setting)
    }
    const port = await open(createServer(log, hot), 'http', config.origin.port, 'SLUICE_ORIGIN_PORT')
    const { port: wantedTls, ...files } = config.origin.tls
    let tlsPort: number | undefined
    if (wantedTls !== 0) {
      const certificate = await configuredCertificate(files, ORIGIN_CERTIFICATE, { config, log })
      servers.push(certificate)
      tlsPort = await open(createTlsServer(log, certificate), 'https', wantedTls, 'SLUICE_ORIGIN_TLS_PORT')
    }
    if (metrics !== undefined) {
      measureRedis(metrics, 'origin', () => source.check())
      metrics.check('store', () => store.check())
      measureOrigin(metrics, { directory, room, media, totals, responses, tallies, limits })
    }
    log.info({ port, tlsPort }, 'origin is ready')
    return { port, tlsPort, stop: () => stopAll(running, STOP_MILLIS) }
  } catch (error) {
    await stopAll(running, STOP_MILLIS)
    throw error
  }
}

/** @returns the port, also where any was wanted. */
async function listen(app: FastifyInstance, host: string, port: number, setting: string): Promise<number> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    throw new DependencyError(
      'origin.port.unusable',
      `port ${port} cannot be used for viewers (${errorMessage(error)}): stop what listens there, or set ${setting}`,
      { details: { port }, cause: error },
    )
  }
  const address = app.server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}
