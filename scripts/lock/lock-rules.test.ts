import { describe, expect, it } from 'vitest'
import { findLockProblems } from './lock-rules.ts'

describe('findLockProblems', () => {
  it('accepts optional packages that have entries, nested or not', () => {
    const packages = {
      'node_modules/a': { optionalDependencies: { '@a/linux': '1', '@a/darwin': '1' } },
      'node_modules/@a/linux': {},
      'node_modules/a/node_modules/@a/darwin': {},
    }
    expect(findLockProblems({ packages })).toEqual([])
  })

  it('reports an optional package without an entry', () => {
    const packages = { 'node_modules/a': { optionalDependencies: { '@a/linux': '1' } } }
    expect(findLockProblems({ packages })).toEqual([
      'node_modules/a: optional dependency @a/linux has no entry',
    ])
  })

  it('reports a registry address, and no workspace link', () => {
    const packages = {
      'node_modules/a': { resolved: 'https://registry.example/a-1.0.0.tgz' },
      'node_modules/@sluice/core': { resolved: 'packages/core', link: true },
    }
    expect(findLockProblems({ packages })).toEqual([
      'node_modules/a: names a registry address, https://registry.example/a-1.0.0.tgz',
    ])
  })
})
