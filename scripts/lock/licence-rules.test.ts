import { describe, expect, it } from 'vitest'
import { findLicenceProblems } from './licence-rules.ts'
import type { LockEntry } from './lock-rules.ts'

const problems = (entry: LockEntry, path = 'node_modules/a'): string[] =>
  findLicenceProblems({ packages: { [path]: entry } })

describe('findLicenceProblems', () => {
  it.each(['MIT', 'GPL-3.0 OR MIT', '(MIT OR CC0-1.0)', 'MIT AND ISC'])('takes %s', (license) => {
    expect(problems({ license })).toEqual([])
  })

  it.each(['GPL-3.0', 'MIT AND GPL-3.0', 'SEE LICENSE IN LICENSE', '(MIT OR (ISC AND X))  '])(
    'reports %s',
    (license) => {
      expect(problems({ license })).toEqual([
        `node_modules/a: its licence ${license} is not among those allowed`,
      ])
    },
  )

  it('takes the licences of tools where nothing of them is passed on', () => {
    expect(problems({ license: 'MPL-2.0', dev: true })).toEqual([])
    expect(problems({ license: 'MPL-2.0' })).toHaveLength(1)
  })

  it('reports packages that name none, unless that version is known', () => {
    expect(problems({ version: '1.0.0' })).toEqual([
      expect.stringContaining('version 1.0.0 names no licence'),
    ])
    expect(problems({ version: '0.2.10' }, 'node_modules/async')).toEqual([])
    expect(problems({ version: '0.2.11' }, 'node_modules/async')).toHaveLength(1)
  })

  it('leaves workspaces alone', () => {
    expect(problems({ link: true }, 'node_modules/@sluice/core')).toEqual([])
    expect(problems({}, 'packages/core')).toEqual([])
  })
})
