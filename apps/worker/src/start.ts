import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import {
  type Cluster,
  connectCluster,
  HEARTBEAT_INTERVAL_MILLIS,
  type WorkerAnnouncement,
} from '@sluice/cluster'
import { epochMillis, errorMessage } from '@sluice/core'
import { encoderName, probeCapabilities, type VideoEncoder } from '@sluice/ffmpeg'
import { type Metrics, measureRedis } from '@sluice/metrics'
import { type Config, type Logger, type Stoppable, stopAll } from '@sluice/runtime'
import type { SegmentStore } from '@sluice/store'
import type { LocalFeeds } from './feed-client.ts'
import { countRun } from './run-count.ts'
import { type JobContext, runStreamJob } from './stream-job.ts'
import { measureWorker } from './worker-metrics.ts'
import { WorkerTotals } from './worker-totals.ts'

export interface WorkerOptions {
  readonly config: Config
  readonly redisUrl: string
  readonly log: Logger
  readonly store: SegmentStore
  /** Feeds of an ingest in this process. */
  readonly localFeeds?: LocalFeeds
  /** Where it is told what is measured; default: nowhere. */
  readonly metrics?: Metrics | undefined
}

/** A running worker. */
export interface WorkerRole extends Stoppable {
  readonly ffmpegVersion: string
  /** What makes the pictures of ladders, in ffmpeg's words. */
  readonly videoEncoder: string
}

const STOP_MILLIS = 4_000

/**
 * Starts a worker: probes ffmpeg and the store, announces itself, and takes jobs.
 *
 * @throws {DependencyError} when ffmpeg is missing or too old, the GPU that is to encode does not, the store cannot be
 *   written, or Redis cannot be reached; the message says what to do.
 */
export async function start(options: WorkerOptions): Promise<WorkerRole> {
  const { config, redisUrl, log, store, localFeeds, metrics } = options
  const running: Stoppable[] = []
  try {
    await store.check()
    const capabilities = await probeCapabilities(config.ffmpeg, videoEncoderOf(config))
    const ffmpegVersion = capabilities.version.text
    const videoEncoder = encoderName(capabilities.videoEncoder)
    const cluster = await connectCluster({ url: redisUrl, log })
    running.push(cluster)
    const id = `${hostname()}-${randomUUID().slice(0, 8)}`
    const startedAt = epochMillis(Date.now())
    const writes = metrics?.histogram('sluice_worker_write_duration_seconds')
    const totals = new WorkerTotals((seconds) => writes?.observe(seconds))
    const context: JobContext = {
      workerId: id,
      cluster,
      store,
      ffmpeg: capabilities,
      localFeeds,
      keepEndedMillis: config.keepEndedSeconds * 1000,
      reconnectMillis: config.reconnectSeconds * 1000,
      log,
      totals,
      runs: new Set(),
    }
    const live = cluster.runLiveWorker({
      concurrency: config.worker.concurrency,
      handler: (job, signal) => countRun(totals, job, signal, () => runStreamJob(job, signal, context)),
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
        ffmpegVersion,
        encoders: [...capabilities.encoders],
        videoEncoder,
        capacity: config.worker.concurrency,
        running: live.running,
      })),
    )
    if (metrics !== undefined) {
      measureRedis(metrics, 'worker', () => cluster.check())
      metrics.check('store', () => store.check())
      measureWorker(metrics, { totals, runs: context.runs, limit: config.worker.concurrency })
    }
    log.info(
      { id, ffmpeg: ffmpegVersion, encoder: videoEncoder, concurrency: config.worker.concurrency },
      'worker is ready',
    )
    return { ffmpegVersion, videoEncoder, stop: () => stopAll(running, STOP_MILLIS) }
  } catch (error) {
    await stopAll(running, STOP_MILLIS)
    throw error
  }
}

function videoEncoderOf({ worker: { encoder, vaapiDevice } }: Config): VideoEncoder {
  return encoder === 'vaapi' ? { kind: encoder, device: vaapiDevice } : { kind: encoder }
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
