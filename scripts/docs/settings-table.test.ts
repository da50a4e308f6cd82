import { expect, it } from 'vitest'
import { renderSettings, replaceSettings } from './settings-table.ts'

const setting = {
  key: 'a.b',
  env: 'SLUICE_A_B',
  description: 'one | two',
  default: 0,
  allowed: 'a number',
}

it('writes one row per setting', () => {
  const rows = renderSettings([setting, { ...setting, default: undefined }]).split('\n')
  expect(rows.slice(2)).toEqual([
    '| `a.b` | `SLUICE_A_B` | `0` | one \\| two | a number |',
    '| `a.b` | `SLUICE_A_B` | – | one \\| two | a number |',
  ])
})

it('replaces what stands between the markers alone', () => {
  const document =
    'before\n<!-- settings: written by scripts/check-docs.ts --write -->\nold\n<!-- /settings -->\nafter'
  const replaced = replaceSettings(document, 'new')
  expect(replaced).toMatch(/^before\n.*-->\n\nnew\n\n<!-- \/settings -->\nafter$/)
  expect(replaceSettings(replaced, 'new')).toBe(replaced)
  expect(() => replaceSettings('nothing', 'new')).toThrow('no place')
})
