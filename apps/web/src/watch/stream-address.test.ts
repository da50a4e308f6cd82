import { describe, expect, it } from 'vitest'
import { manifestUrl, parseStreamAddress, watchUrl } from './stream-address.ts'

describe('parseStreamAddress', () => {
  it.each([
    ['/watch/studio', '', { name: 'studio', kind: 'hls' }],
    ['/watch/studio/', '?player=dash', { name: 'studio', kind: 'dash' }],
    ['/watch/a%20b%2Fc', '?player=other', { name: 'a b/c', kind: 'hls' }],
  ])('reads %s%s', (path, query, address) => {
    expect(parseStreamAddress(path, query)).toEqual(address)
  })

  it.each([['/watch/'], ['/watch'], ['/watch/a/b'], ['/watch/%'], ['/other/a']])('refuses %s', (path) => {
    expect(parseStreamAddress(path, '')).toBeUndefined()
  })
})

it('addresses agree with what is read back', () => {
  const address = { name: 'ä/ö ?', kind: 'dash' } as const
  const [path = '', query = ''] = watchUrl(address).split('?')
  expect(parseStreamAddress(path, `?${query}`)).toEqual(address)
})

it('manifests are on the same origin', () => {
  expect(manifestUrl({ name: 'a b', kind: 'hls' })).toBe('/live/a%20b/index.m3u8')
  expect(manifestUrl({ name: 'a b', kind: 'dash' })).toBe('/live/a%20b/manifest.mpd')
})
