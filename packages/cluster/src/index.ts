/**
 * Everything that speaks to Redis: what the roles of one gateway share. Leaves out what is done with it: an
 * ingest decides when a broadcast ends, a worker what a job does, an origin what it renders of a timeline.
 *
 * Everything is reached through {@link connectCluster}; all keys begin with `sluice:` (`keys.ts`).
 *
 * - `redis/` connections, errors, scripts, channels
 * - `streams/` stream records, keys, signed publish names, playback tokens, users and passwords, address lists; the lease that makes a stream live in one place
 * - `broadcasts/` on-air periods and their epochs (fencing tokens); those that go from one ingest to another
 * - `timeline/` the log of a broadcast's timeline: one fenced writer, any number of followers
 * - `jobs/` the queues: live runs, deletion of what ended
 * - `state/` live statistics, workers, commands to ingests, operator tokens
 */
export type { Broadcast, Broadcasts, CreatedBroadcast, EpochClaim } from './broadcasts/broadcasts.ts'
export type {
  BroadcastPosition,
  Departure,
  FeedPlace,
  Handovers,
  Whereabouts,
} from './broadcasts/handovers.ts'
export { type Cluster, type ClusterOptions, connectCluster } from './cluster.ts'
export type { ExpireJob } from './jobs/expire-job.ts'
export type { ExpireWorkerOptions } from './jobs/expire-worker.ts'
export type { JobQueue } from './jobs/job-queue.ts'
export type { LiveWorker, LiveWorkerOptions, LiveWorkerTiming, RunEnd } from './jobs/live-worker.ts'
export type { TranscodeJob } from './jobs/transcode-job.ts'
export type { ClusterLog } from './redis/log.ts'
export { newSecret, sameSecret } from './secrets.ts'
export type { ApiTokens } from './state/api-tokens.ts'
export type { Command, Commands } from './state/commands.ts'
export type {
  BroadcastState,
  LiveState,
  RunFailure,
  RungState,
  SessionState,
} from './state/live-state.ts'
export {
  HEARTBEAT_INTERVAL_MILLIS,
  type WorkerAnnouncement,
  type WorkerRecord,
  type WorkerRegistry,
} from './state/worker-registry.ts'
export {
  type AddressRules,
  type AddressVerdict,
  addressVerdict,
  MOST_ADDRESS_RANGES,
} from './streams/address-rules.ts'
export { type IpAddress, networkOf, readIpAddress } from './streams/ip-address.ts'
export {
  checkPlaybackToken,
  type PlaybackGrant,
  type PlaybackSecret,
  type PlaybackTokenCheck,
  type PlaybackTokenFault,
  readPlaybackSecrets,
  renderPlaybackToken,
  type TokenBearer,
} from './streams/playback-token.ts'
export type { LeaseAnswer, PublishLease } from './streams/publish-lease.ts'
export type { PublisherLogin, PublisherLogins, StoredSecrets } from './streams/publisher-logins.ts'
export {
  type PublishGrant,
  readSignedName,
  type SignedName,
  type SignedNameFault,
} from './streams/signed-name.ts'
export { checkStreamName, isStreamName, STREAM_NAME_PATTERN } from './streams/stream-name.ts'
export type { StreamRecord } from './streams/stream-record.ts'
export type {
  NewStream,
  SignedNameOwner,
  StreamRegistry,
  StreamWithKey,
} from './streams/stream-registry.ts'
export { LONGEST_WINDOW_SECONDS, SHORTEST_WINDOW_SECONDS } from './streams/window-seconds.ts'
export type { TimelineFollower } from './timeline/timeline-follower.ts'
export type { TimelineWriter, TimelineWriterOptions } from './timeline/timeline-log.ts'
