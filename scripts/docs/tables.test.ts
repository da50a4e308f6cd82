import { expect, it } from 'vitest'
import { replaceTable } from './tables.ts'

it('replaces what stands between the markers alone', () => {
  const document =
    'before\n<!-- settings: written by scripts/check-docs.ts --write -->\nold\n<!-- /settings -->\nafter'
  const replaced = replaceTable(document, 'settings', 'new')
  expect(replaced).toMatch(/^before\n.*-->\n\nnew\n\n<!-- \/settings -->\nafter$/)
  expect(replaceTable(replaced, 'settings', 'new')).toBe(replaced)
  expect(() => replaceTable('nothing', 'settings', 'new')).toThrow('no place')
})
