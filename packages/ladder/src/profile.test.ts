import { DependencyError } from '@sluice/core'
import { describe, expect, test } from 'vitest'
import { BUILT_IN_PROFILES } from './built-in-profiles.ts'
import { readProfile } from './profile.ts'

const good = BUILT_IN_PROFILES.default
const [first, second] = good.rungs

test.each(Object.values(BUILT_IN_PROFILES))('the built-in $name is valid', (profile) => {
  expect(readProfile(JSON.parse(JSON.stringify(profile)))).toEqual(profile)
})

test('rungs come back from the highest down', () => {
  expect(readProfile({ ...good, rungs: good.rungs.toReversed() }).rungs).toEqual(good.rungs)
})

describe('what is refused, and how it is said', () => {
  const cases: readonly { name: string; value: unknown; says: string }[] = [
    { name: 'nothing', value: undefined, says: '/' },
    { name: 'odd lines', value: { ...good, rungs: [{ ...first, height: 721 }] }, says: '/rungs/0/height' },
    {
      name: 'a taken name',
      value: { ...good, rungs: [{ ...first, name: 'source' }] },
      says: '/rungs/0/name',
    },
    {
      name: 'the name of a further track',
      value: { ...good, rungs: [{ ...first, name: 'source-1' }] },
      says: '/rungs/0/name',
    },
    {
      name: 'an audio name',
      value: { ...good, rungs: [{ ...first, name: 'audio-1' }] },
      says: '/rungs/0/name',
    },
    {
      name: 'an unknown preset',
      value: { ...good, rungs: [{ ...first, preset: 'placebo' }] },
      says: '/rungs/0/preset',
    },
    { name: 'an unknown field', value: { ...good, crf: 23 }, says: '/crf' },
    { name: 'an empty ladder', value: { ...good, rungs: [] }, says: 'at least one rung' },
    {
      name: 'rungs without a ladder',
      value: { ...good, kind: 'source' },
      says: 'has no rungs, this one lists 4',
    },
    {
      name: 'a height twice',
      value: { ...good, rungs: [first, { ...second, height: 1080 }] },
      says: 'height 1080',
    },
    {
      name: 'a name twice',
      value: { ...good, rungs: [first, { ...second, name: '1080p' }] },
      says: 'name 1080p',
    },
  ]
  test.each(cases)('$name', ({ value, says }) => {
    const refused = () => readProfile(value)
    expect(refused).toThrow(DependencyError)
    expect(refused).toThrow(says)
    expect(refused).toThrow(expect.objectContaining({ code: 'ladder.profile.invalid' }))
  })
})
