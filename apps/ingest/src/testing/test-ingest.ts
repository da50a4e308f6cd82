import { randomUUID } from 'node:crypto'
import { segmentRules } from '@sluice/broadcast'
import { type Cluster, connectCluster } from '@sluice/cluster'
import type { RtmpLimits } from '@sluice/rtmp'
import { type Config, loadConfig, type Stoppable, stopAll } from '@sluice/runtime'
import { RtmpTestClient, startTestRedis, type TestRedis } from '@sluice/testkit'
import { clusterPorts } from '../cluster-ports.ts'
import { type FeedServer, startFeedServer } from '../feed-server.ts'
import { Feeds } from '../feeds.ts'
import { Hub } from '../hub.ts'
import { ReadingRounds } from '../reading-rounds.ts'
import { RelayServer } from '../relay/relay-server.ts'
import { type ConnectionTimeouts, DEFAULT_TIMEOUTS } from '../rtmp-connection.ts'
import { startRtmpListener } from '../rtmp-listener.ts'
import type { ListenerOptions } from '../socket-listener.ts'
import { type LogLine, testLog } from './log.ts'

/** What a test changes. */
export interface TestIngestOptions {
  readonly timeouts?: Partial<ConnectionTimeouts>
  readonly limits?: Partial<RtmpLimits>
  /** From how many streams on publishers are read in rounds; default: never. */
  readonly roundsFrom?: number
  readonly env?: Readonly<Record<string, string>>
  /** The Redis of another ingest, for one that shares it; it stays when this one stops. */
  readonly redis?: TestRedis
}

/** An ingest on free ports with a Redis of its own. */
export interface TestIngest {
  readonly hub: Hub
  readonly rounds: ReadingRounds
  readonly cluster: Cluster
  readonly redis: TestRedis
  readonly feed: FeedServer
  readonly port: number
  /** Everything that was logged. */
  readonly lines: readonly LogLine[]
  /** The codes of warnings and graver, in order. */
  codes(): string[]
  /** A client that is destroyed with the ingest. */
  client(): RtmpTestClient
  /** Starts a further listener, which stops with the ingest. */
  listen<T extends Stoppable>(start: (options: ListenerOptions) => Promise<T>): Promise<T>
  stop(): Promise<void>
}

/** Starts an ingest; publishing is open to any name unless `env` says otherwise, and nobody takes its jobs. */
export async function startTestIngest(options: TestIngestOptions = {}): Promise<TestIngest> {
  const redis = options.redis ?? (await startTestRedis())
  const config: Config = loadConfig({ env: { SLUICE_PUBLISH_AUTH: 'open', ...options.env } })
  const { log, lines } = testLog()
  const running: Stoppable[] = []
  const cluster = await connectCluster({ url: redis.url, log })
  if (options.redis === undefined) running.push(redis)
  running.push(cluster)
  let feedPort = 0
  const token = randomUUID()
  const hub = new Hub({
    ports: clusterPorts(cluster, config, () => ({ url: `http://127.0.0.1:${feedPort}`, token })),
    rules: segmentRules(config.segmentSeconds),
    reconnectMillis: config.reconnectSeconds * 1000,
    handsOver: false,
    log,
    addressLimits: config.limits,
  })
  const rounds = new ReadingRounds(() => hub.size, options.roundsFrom ?? Number.POSITIVE_INFINITY)
  const feeds = new Feeds({ find: (id) => hub.feed(id), log })
  const relays = new RelayServer({
    adopt: (stream, publisher) => hub.adopt(stream, publisher),
    find: (stream) => hub.find(stream)?.stream,
    token,
    log,
  })
  const feed = await startFeedServer({ host: '127.0.0.1', port: 0, feeds, relays })
  feedPort = feed.port
  running.push(feed, { stop: () => hub.stop() })
  const listenerOptions: ListenerOptions = {
    host: '127.0.0.1',
    port: 0,
    hub,
    log,
    rounds,
    encryption: config.rtmp.encryption,
    play: config.rtmp.play,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    timeouts: { ...DEFAULT_TIMEOUTS, ...options.timeouts },
  }
  const listener = await startRtmpListener(listenerOptions)
  running.push(listener)
  const clients: RtmpTestClient[] = []
  return {
    hub,
    rounds,
    cluster,
    redis,
    feed,
    port: listener.port,
    lines,
    codes: () =>
      lines
        .filter(({ code, level }) => code !== undefined && level !== 'debug')
        .map((line) => line.code ?? ''),
    client: () => {
      const client = new RtmpTestClient(listener.port)
      clients.push(client)
      return client
    },
    listen: async (start) => {
      const further = await start(listenerOptions)
      running.push(further)
      return further
    },
    stop: async () => {
      for (const client of clients) client.destroy()
      await stopAll(running, 10_000)
    },
  }
}
