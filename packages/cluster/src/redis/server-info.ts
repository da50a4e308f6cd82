import { DependencyError } from '@sluice/core'

/** What a Redis or Valkey server says of itself that decides whether it will do. */
export interface ServerInfo {
  /** Of Redis, or of the Redis that a Valkey is compatible with: `7.0.15`. */
  readonly version: string
  /** Most memory for data, in bytes; 0: no limit. */
  readonly maxMemory: number
  /** What goes when that is full: `noeviction`, `allkeys-lru`, … */
  readonly evictionPolicy: string
  /** Every write goes into an append-only file. */
  readonly appendOnly: boolean
  /** It follows another server and takes no writes. */
  readonly readOnlyReplica: boolean
}

/**
 * Reads the answer to `INFO`: lines `name:value`, in sections.
 *
 * @throws {DependencyError} `cluster.redis.unknown_server` where it is not a Redis that answers.
 */
export function parseServerInfo(text: string): ServerInfo {
  const facts = new Map<string, string>()
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':')
    if (colon > 0) facts.set(line.slice(0, colon), line.slice(colon + 1))
  }
  const version = facts.get('redis_version')
  if (version === undefined)
    throw new DependencyError(
      'cluster.redis.unknown_server',
      'what answers as Redis does not say its version (INFO has no redis_version): set SLUICE_REDIS_URL to a Redis or Valkey',
    )
  return {
    version,
    maxMemory: Number(facts.get('maxmemory') ?? 0),
    evictionPolicy: facts.get('maxmemory_policy') ?? 'noeviction',
    appendOnly: facts.get('aof_enabled') === '1',
    readOnlyReplica: facts.get('role') === 'slave' && facts.get('slave_read_only') !== '0',
  }
}
