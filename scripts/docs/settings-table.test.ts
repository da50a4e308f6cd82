import { expect, it } from 'vitest'
import { renderEnvironment, renderSettings, replaceEnvironment } from './settings-table.ts'

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

it('writes the same as the lines of an .env file, with what they mean in lines that are not too long', () => {
  const long = { ...setting, description: 'word '.repeat(40).trim(), default: undefined }
  const lines = renderEnvironment([setting, long]).split('\n')
  expect(lines.slice(0, 4)).toEqual([
    '# one | two. Allowed: a number',
    '#SLUICE_A_B=0',
    '',
    expect.any(String),
  ])
  expect(lines.at(-1)).toBe('#SLUICE_A_B=')
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(120)
})

it('replaces them in an .env file', () => {
  const document = 'A=1\n# settings: written by scripts/check-docs.ts --write\nold\n# /settings\n'
  expect(replaceEnvironment(document, '#B=2')).toMatch(/^A=1\n#.*\n\n#B=2\n\n# \/settings\n$/)
})
