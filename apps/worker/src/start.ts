import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import {
  type Cluster,
  connectCluster,
  HEARTBEAT_INTERVAL_MILLIS,
  type WorkerAnnouncement,
} from '@sluice/cluster'
import { epochMillis, errorMessage } from '@sluice/core'
import { probeCapabilities } from '@sluice/ffmpeg'
import { type Config, type Logger, type Stoppable, stopAll } from '@sluice/runtime'
import type { SegmentStore } from '@sluice/store'
import type { LocalFeeds } from './feed-client.ts'
import { type JobContext, runStreamJob } from './stream-job.ts'

export interface WorkerOptions {
  readonly config: Config
  readonly redisUrl: string
  readonly log: Logger
  readonly store: SegmentStore
  /** Feeds of an ingest in this process. */
  readonly localFeeds?: LocalFeeds
}

/** A running worker. */
export interface WorkerRole extends Stoppable {
  readonly ffmpegVersion: string
}

const STOP_MILLIS = 4_000

/**
 * Starts a worker: probes ffmpeg and the store, announces itself, and takes jobs.
 *
 * @throws {DependencyError} when ffmpeg is missing or too old, the store cannot be written, or Redis cannot
 *   be reached; the message says what to do.
 */
export async function start(options: WorkerOptions): Promise<WorkerRole> {
  const { config, redisUrl, log, store, localFeeds } = options
  const running: Stoppable[] = []
  try {
    await store.check()
    const capabilities = await probeCapabilities(config.ffmpeg)
    const cluster = await connectCluster({ url: redisUrl, log })
    running.push(cluster)
    const id = `${hostname()}-${randomUUID().slice(0, 8)}`
    const startedAt = epochMillis(Date.now())
    const context: JobContext = {
      workerId: id,
      cluster,
      store,
      ffmpeg: capabilities,
      localFeeds,
      keepEndedMillis: config.keepEndedSeconds * 1000,
      log,
    }
    const live = cluster.runLiveWorker({
      concurrency: config.worker.concurrency,
      handler: (job, signal) => runStreamJob(job, signal, context),
      log,
    })
    running.push(live)
    running.push(
      cluster.runExpireWorker({
        handler: ({ stream, broadcast }) => store.removeAll(stream, { filePrefix: `${broadcast}.` }),
        log,
      }),
    )
    running.push(
      announce(cluster, log, () => ({
        id,
        host: hostname(),
        startedAt,
        ffmpegVersion: capabilities.version.text,
        encoders: [...capabilities.encoders],
        capacity: config.worker.concurrency,
        running: live.running,
      })),
    )
    log.info(
      { id, ffmpeg: capabilities.version.text, concurrency: config.worker.concurrency },
      'worker is ready',
    )
    return { ffmpegVersion: capabilities.version.text, stop: () => stopAll(running, STOP_MILLIS) }
  } catch (error) {
    await stopAll(running, STOP_MILLIS)
    throw error
  }
}

/** Keeps the worker in the registry until it is stopped. */
function announce(cluster: Cluster, log: Logger, state: () => WorkerAnnouncement): Stoppable {
  const beat = (): void => {
    cluster.workers.announce(state()).catch((error: unknown) => {
      log.debug({ err: errorMessage(error) }, 'the heartbeat could not be sent')
    })
  }
  setImmediate(beat)
  const timer = setInterval(beat, HEARTBEAT_INTERVAL_MILLIS)
  return {
    stop: async () => {
      clearInterval(timer)
      await cluster.workers.remove(state().id)
    },
  }
}
