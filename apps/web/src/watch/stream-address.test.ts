import { describe, expect, it } from 'vitest'
import { manifestUrl, parseStreamAddress, watchUrl } from './stream-address.ts'

describe('parseStreamAddress', () => {
  it.each([
    ['/watch/studio', '', { name: 'studio', kind: 'hls' }],
    ['/watch/studio/', '?player=dash', { name: 'studio', kind: 'dash' }],
    ['/watch/studio', '?token=a.b_c-d&player=dash', { name: 'studio', kind: 'dash', token: 'a.b_c-d' }],
    ['/watch/studio', '?token=', { name: 'studio', kind: 'hls' }],
    ['/watch/a%20b%2Fc', '?player=other', { name: 'a b/c', kind: 'hls' }],
  ])('reads %s%s', (path, query, address) => {
    expect(parseStreamAddress(path, query)).toEqual(address)
  })

  it.each([['/watch/'], ['/watch'], ['/watch/a/b'], ['/watch/%'], ['/other/a']])('refuses %s', (path) => {
    expect(parseStreamAddress(path, '')).toBeUndefined()
  })
})

it('addresses agree with what is read back', () => {
  const address = { name: 'ä/ö ?', kind: 'dash', token: 'a.b' } as const
  const [path = '', query = ''] = watchUrl(address).split('?')
  expect(parseStreamAddress(path, `?${query}`)).toEqual(address)
})

it('manifests are on the same origin', () => {
  expect(manifestUrl({ name: 'a b', kind: 'hls' })).toBe('/live/a%20b/index.m3u8')
  expect(manifestUrl({ name: 'a b', kind: 'dash' })).toBe('/live/a%20b/low-latency.mpd')
  expect(manifestUrl({ name: 'a', kind: 'hls', token: 'k.1..s' })).toBe('/live/~k.1..s/a/index.m3u8')
})
