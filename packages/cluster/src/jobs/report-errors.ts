import { redisError } from '../redis/errors.ts'
import type { ClusterLog } from '../redis/log.ts'

const QUIET_MILLIS = 10_000

/**
 * Logs the errors that a queue or worker emits (unheard, they would end the process). The same message,
 * as a lost connection gives at every attempt, is logged once in ten seconds.
 */
export function reportErrors(
  source: { on(event: 'error', listener: (error: Error) => void): unknown },
  log: ClusterLog,
): void {
  let lastMessage = ''
  let lastAt = 0
  source.on('error', (error) => {
    const { code, message } = redisError(error)
    const now = Date.now()
    if (message === lastMessage && now - lastAt < QUIET_MILLIS) return
    lastMessage = message
    lastAt = now
    // What has no name of its own may be a fault of ours: its stack says where.
    log.warn(code === 'cluster.redis.failed' ? { code, err: error } : { code }, `job queue: ${message}`)
  })
}
