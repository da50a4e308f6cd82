import { DependencyError, errorMessage, SluiceError } from '@sluice/core'

/** Waits for a reply of Redis; a failure becomes one of our errors ({@link redisError}). */
export async function reply<T>(pending: Promise<T>): Promise<T> {
  try {
    return await pending
  } catch (error) {
    throw redisError(error)
  }
}

/** What Redis or its client threw, as a declared error that says what to do. */
export function redisError(error: unknown): SluiceError {
  if (error instanceof SluiceError) return error
  const message = errorMessage(error)
  if (message.startsWith('OOM '))
    return new DependencyError('cluster.redis.full', 'Redis is out of memory: raise its maxmemory', {
      cause: error,
    })
  if (message.startsWith('READONLY ')) return readOnlyReplica(error)
  if (message.startsWith('MISCONF ')) {
    // The rest of its text is an advice to switch the check off, and the digest of a script.
    const reason = /: ([^:.]+?)(?: script:.*|\.)?$/.exec(message)?.[1] ?? message
    return new DependencyError(
      'cluster.redis.not_persisting',
      `Redis cannot write to its disk (${reason}) and takes nothing new: free space there`,
      { cause: error },
    )
  }
  if (isAway(error)) {
    return new DependencyError('cluster.redis.unreachable', `Redis does not answer: ${message}`, {
      cause: error,
    })
  }
  return new DependencyError('cluster.redis.failed', `Redis: ${message}`, { cause: error })
}

/** The server that was named only follows another one. */
export function readOnlyReplica(cause?: unknown): DependencyError {
  return new DependencyError(
    'cluster.redis.read_only',
    'Redis is a read-only replica: set SLUICE_REDIS_URL to the primary',
    cause === undefined ? {} : { cause },
  )
}

function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return (
    error.name === 'MaxRetriesPerRequestError' ||
    error.name === 'AbortError' ||
    error.message.includes('Connection is closed') ||
    error.message.includes('Command timed out') ||
    error.message.includes("Stream isn't writeable") ||
    ('syscall' in error && 'code' in error)
  )
}
