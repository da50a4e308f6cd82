import { randomBytes } from 'node:crypto'
import { segmentRules } from '@sluice/broadcast'
import { type Command, connectCluster } from '@sluice/cluster'
import { assertNever } from '@sluice/core'
import { type Metrics, measureRedis } from '@sluice/metrics'
import { advertisedHost, type Config, type Logger, type Stoppable, stopAll } from '@sluice/runtime'
import { clusterPorts } from './cluster-ports.ts'
import { startFeedServer } from './feed-server.ts'
import { Feeds } from './feeds.ts'
import { Hub } from './hub.ts'
import { measureIngest } from './ingest-metrics.ts'
import { startFlvListener } from './playback/flv-listener.ts'
import { type PublisherPorts, startPublisherListeners } from './publisher-listeners.ts'
import { ReadingRounds } from './reading-rounds.ts'
import { RelayServer } from './relay/relay-server.ts'

export interface IngestOptions {
  readonly config: Config
  readonly redisUrl: string
  readonly log: Logger
  /** All roles run on this machine alone: the feed server listens on the loopback address. */
  readonly sameProcess: boolean
  /** Which of the processes of one ingest this is, from 0. Default 0, the only one. */
  readonly processIndex?: number
  /** Where it is told what is measured; default: nowhere. */
  readonly metrics?: Metrics | undefined
}

/** A running ingest. */
export interface IngestRole extends Stoppable {
  /** Where publishers can come to. */
  readonly ports: PublisherPorts
  /** For players of HTTP-FLV; undefined where that is off. */
  readonly flvPort: number | undefined
  readonly feedPort: number
  /** For workers in the same process. */
  readonly feeds: Feeds
}

const LOOPBACK = '127.0.0.1'
const STOP_MILLIS = 4_000

/**
 * Starts an ingest: the listeners for publishers and players, and the feed server for workers.
 *
 * @throws {DependencyError} when Redis cannot be reached or a port cannot be had.
 */
export async function start(options: IngestOptions): Promise<IngestRole> {
  const { config, redisUrl, log, sameProcess, processIndex = 0, metrics } = options
  const running: Stoppable[] = []
  try {
    const cluster = await connectCluster({ url: redisUrl, log })
    running.push(cluster)
    let feedPort = 0
    const host = sameProcess ? LOOPBACK : advertisedHost(config)
    const token = randomBytes(24).toString('base64url')
    const ports = clusterPorts(cluster, config, () => ({ url: `http://${host}:${feedPort}`, token }))
    const hub = new Hub({
      ports,
      rules: segmentRules(config.segmentSeconds),
      reconnectMillis: config.reconnectSeconds * 1000,
      handsOver: !sameProcess,
      addressLimits: config.limits,
      log,
    })
    const feeds = new Feeds({ find: (broadcast) => hub.feed(broadcast), log })
    const feed = await startFeedServer({
      host: sameProcess ? LOOPBACK : config.bind,
      port: config.feed.port === 0 ? 0 : config.feed.port + processIndex,
      feeds,
      relays: new RelayServer({
        adopt: (stream, publisher) => hub.adopt(stream, publisher),
        find: (stream) => hub.find(stream)?.stream,
        token,
        log,
      }),
    })
    running.push(feed)
    feedPort = feed.port
    running.push({ stop: () => hub.stop() })
    running.push(await cluster.commands.listen((command) => obey(hub, command)))
    const rounds = new ReadingRounds(() => hub.size)
    const publishers = await startPublisherListeners(config, { hub, log, rounds }, processIndex === 0)
    running.push(publishers)
    const flv =
      config.flv.port === 0
        ? undefined
        : await startFlvListener({
            host: config.bind,
            port: config.flv.port,
            hub,
            log,
            play: config.rtmp.play,
          })
    if (flv !== undefined) running.push(flv)
    if (metrics !== undefined) {
      measureRedis(metrics, 'ingest', () => cluster.check())
      const players = flv === undefined ? [] : ([['flv', flv.tally]] as const)
      measureIngest(metrics, { hub, feeds, tallies: new Map([...publishers.tallies, ...players]) })
    }
    const listening = { ...publishers.ports, feed: feed.port, flv: flv?.port }
    log.info({ ...listening, auth: config.publish.auth }, 'ingest is ready')
    return {
      ports: publishers.ports,
      flvPort: flv?.port,
      feedPort: feed.port,
      feeds,
      stop: async () => {
        publishers.refuse()
        flv?.refuse()
        await hub.drain(config.ingest.drainSeconds * 1000)
        // The hub first: publishers and players are told why they are disconnected.
        await stopAll([...running, { stop: () => hub.stop() }], STOP_MILLIS)
      },
    }
  } catch (error) {
    await stopAll(running, STOP_MILLIS)
    throw error
  }
}

/** What an operator wants of a stream that may be on air here. */
function obey(hub: Hub, command: Command): void {
  const onAir = hub.find(command.stream)
  if (onAir === undefined) return
  switch (command.type) {
    case 'disconnect':
      onAir.disconnect(command.reason)
      return
    case 'key-rotated':
      onAir.disconnect('the stream key was replaced')
      return
    case 'login-changed':
      onAir.disconnectUser('the user or the password of the stream was changed')
      return
    case 'hand-over':
      onAir.handOver()
      return
    case 'stream-removed':
      onAir.disconnect('the stream was deleted')
      void onAir.end()
      return
    default:
      assertNever(command)
  }
}
