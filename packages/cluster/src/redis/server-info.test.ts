import { DependencyError } from '@sluice/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseServerInfo } from './server-info.ts'

const info = (...lines: string[]): string => ['# Server', ...lines, ''].join('\r\n')

/** `fine` for a value and for a declared error. */
function outcome(read: () => unknown): unknown {
  try {
    read()
    return 'fine'
  } catch (error) {
    return error instanceof DependencyError ? 'fine' : error
  }
}

describe('what a server says of itself', () => {
  it('is read from the answer to INFO', () => {
    const text = info(
      'redis_version:7.0.15',
      '',
      '# Memory',
      'maxmemory:104857600',
      'maxmemory_policy:allkeys-lru',
      '# Persistence',
      'aof_enabled:1',
      '# Replication',
      'role:slave',
      'slave_read_only:1',
    )
    expect(parseServerInfo(text)).toEqual({
      version: '7.0.15',
      maxMemory: 104_857_600,
      evictionPolicy: 'allkeys-lru',
      appendOnly: true,
      readOnlyReplica: true,
    })
  })

  it('is little where a provider hides the rest', () => {
    expect(parseServerInfo(info('redis_version:6.2.0'))).toEqual({
      version: '6.2.0',
      maxMemory: 0,
      evictionPolicy: 'noeviction',
      appendOnly: false,
      readOnlyReplica: false,
    })
  })

  it('is a value or a declared error, whatever the text', () => {
    const line = fc.tuple(
      fc.constantFrom('redis_version', 'maxmemory', 'role', 'x', ''),
      fc.constantFrom(':', '', '::'),
      fc.string(),
    )
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const text = lines.map((parts) => parts.join('')).join('\n')
        expect(outcome(() => parseServerInfo(text))).toBe('fine')
      }),
    )
  })
})
