import { type PlaybackGrant, renderPlaybackToken } from '@sluice/cluster'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AUDIO, SOURCE, TestBroadcast } from '../testing/test-broadcast.ts'
import { startTestOrigin, type TestOrigin } from '../testing/test-origin.ts'

const KEY = { id: 'k2', secret: 'the-secret-that-signs-now' }
const OLD = { id: 'k1', secret: 'the-secret-before-that-one' }

let origin: TestOrigin
let broadcast: TestBroadcast

beforeAll(async () => {
  const secrets = [KEY, OLD].map(({ id, secret }) => `${id}:${secret}`).join(',')
  origin = await startTestOrigin({}, undefined, { trustedProxies: '127.0.0.0/8' }, { secrets })
  broadcast = await onAir(origin)
})
afterAll(() => origin.stop())

async function onAir(at: TestOrigin): Promise<TestBroadcast> {
  const made = await TestBroadcast.begin(at, 'studio', [SOURCE, AUDIO])
  for (const rendition of [SOURCE, AUDIO]) await made.configure(rendition)
  for (const segment of [0, 1, 2]) await made.segment(segment, SOURCE, AUDIO)
  return made
}

function token(grant: Partial<PlaybackGrant> = {}, key = KEY): string {
  const expires = Math.floor(Date.now() / 1000) + 60
  return renderPlaybackToken({ path: 'studio', expires, address: undefined, ...grant }, key)
}

function get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(`${origin.url}${path}`, { headers, redirect: 'manual' })
}

async function expectProblem(answer: Response, status: number, code: string): Promise<void> {
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  expect(await answer.json()).toMatchObject({ status, code })
}

describe('with playback tokens', () => {
  test('nothing below /live/ is there without one', async () => {
    const paths = [
      'index.m3u8',
      'source/index.m3u8',
      'manifest.mpd',
      `source/${broadcast.segmentName(0)}`,
      'nothing',
    ]
    for (const path of paths)
      await expectProblem(await get(`/live/studio/${path}`), 401, 'origin.token.missing')
    expect((await get('/live/studio/index.m3u8')).headers.get('www-authenticate')).toBe('Bearer')
    expect((await fetch(`${origin.url}/live/studio/index.m3u8`, { method: 'OPTIONS' })).status).toBe(204)
    for (const path of ['/healthz', '/time']) expect((await get(path)).status).toBe(200)
  })

  test('one in the path is inherited by all that a playlist refers to', async () => {
    const start = `${origin.url}/live/~${token()}/studio/index.m3u8`
    const playlist = await (await fetch(start)).text()
    const media = new URL(/^source\/index\.m3u8$/m.exec(playlist)?.[0] ?? '', start)
    const listed = await (await fetch(media)).text()
    const names = [...listed.matchAll(/URI="([^"]+)"|^([^#\n].*)$/gm)].map(
      ([, uri, line]) => uri ?? line ?? '',
    )
    expect(names.length).toBeGreaterThan(3)
    for (const name of names.filter((each) => !each.includes('.3.')))
      expect([name, (await fetch(new URL(name, media))).status]).toEqual([name, 200])
    expect((await get(`/live/~${token()}/studio/manifest.mpd`)).status).toBe(200)
  })

  test('one in the query of a playlist leads to the path, whatever else is asked', async () => {
    const made = token()
    const answer = await get(`/live/studio/source/index.m3u8?_HLS_msn=2&token=${made}`)
    expect(answer.status).toBe(302)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('location')).toBe(`/live/~${made}/studio/source/index.m3u8?_HLS_msn=2`)
    const segment = await get(`/live/studio/source/${broadcast.segmentName(0)}?token=${made}`)
    expect([segment.status, segment.headers.get('cache-control')]).toEqual([
      200,
      'public, max-age=31536000, immutable',
    ])
  })

  test('answers are the same for everybody: tokens are in no entity tag and no Vary', async () => {
    const answers = await Promise.all(
      [token(), token({ path: '' }), token({}, OLD)].map((each) =>
        get(`/live/~${each}/studio/source/index.m3u8`),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(new Set(answers.map(({ headers }) => headers.get('etag'))).size).toBe(1)
    expect(answers[0]?.headers.get('vary')).toBe('Accept-Encoding')
    const texts = await Promise.all(answers.map((answer) => answer.text()))
    expect(new Set(texts).size).toBe(1)
  })

  test.each<[string, () => string, number, string]>([
    ['forged', () => token({}, { ...KEY, secret: 'somebody-elses-secret' }), 401, 'forged'],
    ['cut short', () => token().slice(0, -1), 401, 'forged'],
    [
      'signed with a secret that was withdrawn',
      () => token({}, { id: 'k0', secret: OLD.secret }),
      401,
      'forged',
    ],
    ['expired', () => token({ expires: 1_000_000_000 }), 401, 'expired'],
    ['for another stream', () => token({ path: 'other' }), 403, 'wrong_path'],
    ['for another rendition', () => token({ path: 'studio/360p' }), 403, 'wrong_path'],
    ['for another address', () => token({ address: '192.0.2.1' }), 403, 'wrong_address'],
  ])('one that is %s grants nothing', async (_, make, status, code) => {
    const bad = make()
    for (const path of [
      `/live/~${bad}/studio/source/index.m3u8`,
      `/live/studio/source/index.m3u8?token=${bad}`,
    ])
      await expectProblem(await get(path), status, `origin.token.${code}`)
    await expectProblem(
      await get('/authorize', { 'x-original-uri': `/live/~${bad}/studio/source/index.m3u8` }),
      status,
      `origin.token.${code}`,
    )
  })

  test('whoever has one may use it until it expires, from its address where it has one', async () => {
    const bound = token({ address: '192.0.2.1' })
    const path = `/live/~${bound}/studio/index.m3u8`
    for (let i = 0; i < 3; i++) expect((await get(path, { 'x-forwarded-for': '192.0.2.1' })).status).toBe(200)
    // The edge's own entry is the last one; what a viewer says of himself comes before.
    expect((await get(path, { 'x-forwarded-for': '192.0.2.1, 192.0.2.9' })).status).toBe(403)
  })

  test('an edge learns what it may give out, and for how long', async () => {
    const uri = (made: string) => ({ 'x-original-uri': `/live/~${made}/studio/source/a.m4s?x=1` })
    const granted = await get('/authorize', uri(token()))
    expect([granted.status, granted.headers.get('cache-control')]).toEqual([204, 'public, max-age=10'])
    const soon = await get('/authorize', uri(token({ expires: Math.floor(Date.now() / 1000) + 5 })))
    expect(soon.headers.get('cache-control')).toMatch(/^public, max-age=[45]$/)
    await expectProblem(await get('/authorize'), 401, 'origin.token.missing')
  })
})

test('without secrets everybody may play, with a token or without', async () => {
  const open = await startTestOrigin()
  try {
    await onAir(open)
    for (const path of [
      '/live/studio/index.m3u8',
      '/live/~any.thing/studio/index.m3u8',
      '/live/studio/index.m3u8?token=x',
    ])
      expect((await fetch(`${open.url}${path}`)).status).toBe(200)
    expect((await fetch(`${open.url}/authorize`)).status).toBe(204)
  } finally {
    await open.stop()
  }
})

test('what an edge says of a viewer is believed of those who are trusted alone', async () => {
  const secrets = `${KEY.id}:${KEY.secret}`
  const other = await startTestOrigin({}, undefined, { trustedProxies: '10.0.0.0/8' }, { secrets })
  try {
    await onAir(other)
    const path = `/live/~${token({ address: '192.0.2.1' })}/studio/index.m3u8`
    const answer = await fetch(`${other.url}${path}`, { headers: { 'x-forwarded-for': '192.0.2.1' } })
    expect(answer.status).toBe(403)
  } finally {
    await other.stop()
  }
})
