/** Every key and channel in Redis, all below `sluice:`. What each holds is told where it is written. */
export const keys = {
  /** Hash: stream name → record. */
  streams: 'sluice:streams',
  /** Hash: digest of a stream key → stream name. */
  streamKeys: 'sluice:stream-keys',
  /** Hash: stream name → the secret that signs its publish names. */
  streamSigning: 'sluice:stream-signing',
  /** Hash: publisher's user → the stream it may publish, and what its password is checked with. */
  publisherLogins: 'sluice:publisher-logins',
  /** String: the secret that seals the challenges of logins. */
  loginKey: 'sluice:login-key',
  /** String with expiry: a challenge that was answered rightly. */
  answeredChallenge: (challenge: string): string => `sluice:login:${challenge}`,
  /** String with expiry: the session that may publish. */
  lease: (stream: string): string => `sluice:lease:${stream}`,
  /** String: id of the stream's latest broadcast. */
  current: (stream: string): string => `sluice:current:${stream}`,
  /** Hash: facts of a broadcast. */
  broadcast: (id: string): string => `sluice:broadcast:${id}`,
  /** String with expiry: where a broadcast was left by its ingest. */
  position: (broadcast: string): string => `sluice:broadcast:${broadcast}:position`,
  /** Stream: the timeline's newest entries. */
  timeline: (broadcast: string): string => `sluice:timeline:${broadcast}`,
  /** Stream: the timeline's segments of the window, under the same ids. */
  timelineSegments: (broadcast: string): string => `sluice:timeline:${broadcast}:segments`,
  /** Stream: the timeline's entries that outlive the window, under the same ids. */
  timelineMarks: (broadcast: string): string => `sluice:timeline:${broadcast}:marks`,
  /** Hash: last id, last sequence number by writer. */
  timelineHead: (broadcast: string): string => `sluice:timeline:${broadcast}:head`,
  /** Channel: what was just appended. */
  timelineChannel: (broadcast: string): string => `sluice:timeline:${broadcast}`,
  /** String with expiry: state of a publisher's session. */
  session: (stream: string): string => `sluice:session:${stream}`,
  /** String with expiry: state of a broadcast's rungs. */
  rungs: (broadcast: string): string => `sluice:rungs:${broadcast}`,
  /** Hash: worker id → its announcement. */
  workers: 'sluice:workers',
  /** Sorted set: worker id by the time of its last heartbeat. */
  workersSeen: 'sluice:workers:seen',
  /** Hash: token name → digest. */
  apiTokens: 'sluice:api-tokens',
  /** Channel: commands to ingests. */
  commands: 'sluice:commands',
  /** Prefix of the job queue's own keys. */
  jobs: 'sluice:jobs',
} as const
