import { type EpochMillis, epochMillis } from '@sluice/core'
import type { Redis } from 'ioredis'
import { Broadcasts } from './broadcasts/broadcasts.ts'
import { Handovers } from './broadcasts/handovers.ts'
import { type ExpireWorkerOptions, runExpireWorker } from './jobs/expire-worker.ts'
import { JobQueue } from './jobs/job-queue.ts'
import { type LiveWorker, type LiveWorkerOptions, runLiveWorker } from './jobs/live-worker.ts'
import { checkRedis, connectRedis } from './redis/connection.ts'
import type { ClusterLog } from './redis/log.ts'
import { checkServer, warnOfForgetting } from './redis/server-check.ts'
import { Subscriber } from './redis/subscriber.ts'
import { ApiTokens } from './state/api-tokens.ts'
import { Commands } from './state/commands.ts'
import { LiveState } from './state/live-state.ts'
import { WorkerRegistry } from './state/worker-registry.ts'
import { PublishLease } from './streams/publish-lease.ts'
import { PublisherLogins } from './streams/publisher-logins.ts'
import { StreamRegistry } from './streams/stream-registry.ts'
import { TimelineFollower } from './timeline/timeline-follower.ts'
import { TimelineWriter, type TimelineWriterOptions } from './timeline/timeline-log.ts'

/** Options of {@link connectCluster}. */
export interface ClusterOptions {
  /** `redis://…`, `rediss://…` or `unix:///…` */
  readonly url: string
  readonly log: ClusterLog
  /** Wall clock; other than `Date.now` only in tests. */
  readonly now?: () => EpochMillis
}

/**
 * One role's access to what all roles share. Commands fail within about two seconds while Redis is away, save
 * those of timelines, followers and jobs, which wait.
 */
export interface Cluster {
  readonly streams: StreamRegistry
  readonly logins: PublisherLogins
  readonly leases: PublishLease
  readonly broadcasts: Broadcasts
  readonly handovers: Handovers
  readonly follower: TimelineFollower
  readonly jobs: JobQueue
  readonly live: LiveState
  readonly workers: WorkerRegistry
  readonly commands: Commands
  readonly tokens: ApiTokens
  /** A writer for one run: it numbers its appends, so make one for each epoch and keep it. */
  timelineWriter(options: TimelineWriterOptions): TimelineWriter
  /** Takes live jobs until stopped; stop it before the cluster. */
  runLiveWorker(options: LiveWorkerOptions): LiveWorker
  /** Deletes ended broadcasts until stopped; stop it before the cluster. */
  runExpireWorker(options: ExpireWorkerOptions): { stop(): Promise<void> }
  /** @throws {DependencyError} `cluster.redis.…` when Redis does not answer now, or began to forget. */
  check(): Promise<void>
  /** Closes the connections. */
  stop(): Promise<void>
}

/**
 * Connects to the Redis of all roles.
 *
 * @throws {DependencyError} `cluster.redis.unreachable`, `cluster.redis.bad_url`, and where it will not do
 * `cluster.redis.too_old`, `cluster.redis.evicts`, `cluster.redis.read_only`
 */
export async function connectCluster(options: ClusterOptions): Promise<Cluster> {
  const { url, log, now = () => epochMillis(Date.now()) } = options
  // The first alone, so that a Redis that is not there or will not do is reported once.
  const failing = await connectRedis(url, { log, whileAway: 'fail' })
  const connectOthers = async (): Promise<[Redis, Redis]> => {
    await warnOfForgetting(failing, await checkServer(failing), log)
    return Promise.all([
      connectRedis(url, { log, whileAway: 'wait' }),
      connectRedis(url, { log, whileAway: 'wait', subscriber: true }),
    ])
  }
  const [waiting, listening] = await connectOthers().catch((error: unknown) => {
    failing.disconnect()
    throw error
  })
  const subscriber = new Subscriber(listening, log)
  const broadcasts = new Broadcasts(failing)
  // A run's claim waits like the job queue it belongs to.
  const patientBroadcasts = new Broadcasts(waiting)
  const jobs = new JobQueue(waiting, log)
  return {
    streams: new StreamRegistry(failing, now),
    logins: new PublisherLogins(failing),
    leases: new PublishLease(failing),
    broadcasts,
    handovers: new Handovers(failing),
    follower: new TimelineFollower(waiting, subscriber, log),
    jobs,
    live: new LiveState(failing),
    workers: new WorkerRegistry(failing),
    commands: new Commands(failing, subscriber, log),
    tokens: new ApiTokens(failing),
    timelineWriter: (writer) => new TimelineWriter(waiting, writer),
    runLiveWorker: (worker) => runLiveWorker(waiting, patientBroadcasts, worker),
    runExpireWorker: (worker) => runExpireWorker(waiting, patientBroadcasts, worker),
    check: () => checkRedis(failing),
    stop: async () => {
      await jobs.stop()
      for (const redis of [failing, waiting, listening]) redis.disconnect()
    },
  }
}
