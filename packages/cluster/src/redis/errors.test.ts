import { DependencyError, StateError } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { redisError } from './errors.ts'

describe('what Redis or its client throws becomes a declared error', () => {
  it.each([
    ['OOM command not allowed when used memory > maxmemory', 'cluster.redis.full', 'raise its maxmemory'],
    ["READONLY You can't write against a read only replica.", 'cluster.redis.read_only', 'SLUICE_REDIS_URL'],
    [
      'MISCONF Errors writing to the AOF file: No space left on device script: d96ca626, on @user_script:217.',
      'cluster.redis.not_persisting',
      'cannot write to its disk (No space left on device) and takes nothing new: free space there',
    ],
    [
      'MISCONF Errors writing to the AOF file: No space left on device',
      'cluster.redis.not_persisting',
      '(No space left on device)',
    ],
    [
      'MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist on disk.',
      'cluster.redis.not_persisting',
      'cannot write to its disk',
    ],
    ['Command timed out', 'cluster.redis.unreachable', 'does not answer'],
    ['Connection is closed.', 'cluster.redis.unreachable', 'does not answer'],
    ['WRONGTYPE Operation against a key', 'cluster.redis.failed', 'WRONGTYPE'],
  ])('%s', (text, code, words) => {
    const cause = new Error(text)
    const error = redisError(cause)
    expect(error).toBeInstanceOf(DependencyError)
    expect(error).toMatchObject({ code, cause, message: expect.stringContaining(words) })
  })

  it('a declared one stays as it is', () => {
    const declared = new StateError('a.b', 'out of order')
    expect(redisError(declared)).toBe(declared)
  })
})
