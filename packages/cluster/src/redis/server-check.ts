import { DependencyError } from '@sluice/core'
import type { Redis } from 'ioredis'
import { readOnlyReplica, reply } from './errors.ts'
import type { ClusterLog } from './log.ts'
import { parseServerInfo, type ServerInfo } from './server-info.ts'

/** The oldest version that works, major and minor. */
const OLDEST = [6, 2] as const

/**
 * Asks Redis whether it will do: new enough, takes writes, forgets nothing.
 *
 * @throws {DependencyError} `cluster.redis.too_old`, `cluster.redis.evicts`, `cluster.redis.read_only`, with the value
 * and what to do; `cluster.redis.unreachable` and others where it gives no answer.
 */
export async function checkServer(redis: Redis): Promise<ServerInfo> {
  const info = parseServerInfo(await reply(redis.info()))
  requireUsable(info)
  return info
}

/** Says so where a restart of Redis forgets all: nobody sees it before that happens. */
export async function warnOfForgetting(redis: Redis, info: ServerInfo, log: ClusterLog): Promise<void> {
  if (info.appendOnly || (await snapshotRules(redis)) !== '') return
  log.warn(
    { code: 'cluster.redis.forgets' },
    'Redis keeps nothing on disk (appendonly no, save ""): when it restarts, all streams, keys and tokens are gone; set "appendonly yes" in its configuration',
  )
}

/** @throws see {@link checkServer} */
export function requireUsable({
  version,
  maxMemory,
  evictionPolicy,
  readOnlyReplica: replica,
}: ServerInfo): void {
  if (!isNewEnough(version))
    throw new DependencyError(
      'cluster.redis.too_old',
      `Redis is version ${version}, and ${OLDEST.join('.')} is the oldest that works: install a newer one or Valkey, or set SLUICE_REDIS_URL to where one runs`,
      { details: { version } },
    )
  if (maxMemory > 0 && evictionPolicy !== 'noeviction')
    throw new DependencyError(
      'cluster.redis.evicts',
      `Redis deletes keys when its memory is full (maxmemory-policy ${evictionPolicy}, maxmemory ${maxMemory}), and would lose streams, keys and jobs: set "maxmemory-policy noeviction" in its configuration, and at once by CONFIG SET`,
      { details: { evictionPolicy, maxMemory } },
    )
  if (replica) throw readOnlyReplica()
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])
}

/** When it writes snapshots; undefined where that is not told, as by most providers: they have their own ways. */
async function snapshotRules(redis: Redis): Promise<string | undefined> {
  const answer = await redis.config('GET', 'save').catch(() => [])
  return (answer as readonly string[])[1]
}
