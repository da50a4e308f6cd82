import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type IncomingHttpHeaders, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { partFileName } from '@sluice/manifest'
import { waitFor } from '@sluice/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AUDIO, LOW, SOURCE, TestBroadcast } from './testing/test-broadcast.ts'
import { startTestOrigin, type TestOrigin } from './testing/test-origin.ts'

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

let origin: TestOrigin
let webRoot: string

beforeAll(async () => {
  webRoot = await mkdtemp(join(tmpdir(), 'sluice-web-'))
  await mkdir(join(webRoot, 'assets'))
  await writeFile(join(webRoot, 'watch.html'), '<title>watch</title>')
  await writeFile(join(webRoot, 'index.html'), '<title>start</title>')
  await writeFile(join(webRoot, 'assets', 'watch-1a2b.js'), 'export {}')
  origin = await startTestOrigin(
    { recheckMillis: 20, missingMillis: 20, mpdHoldMillis: 400, playlistHoldMillis: 400, maxWaiting: 50 },
    webRoot,
  )
})

afterAll(async () => {
  await origin.stop()
  await rm(webRoot, { recursive: true })
})

/** Sends the path as it is, without the tidying up that `fetch` does. */
function get(
  path: string,
  headers: Readonly<Record<string, string>> = {},
  options: { readonly method?: string; readonly port?: number } = {},
): Promise<Answer> {
  const { method = 'GET', port = origin.port } = options
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      )
    })
    sent.on('error', reject)
    sent.end()
  })
}

async function text(path: string): Promise<string> {
  const answer = await get(path)
  expect([path, answer.status]).toEqual([path, 200])
  return answer.body.toString()
}

function expectProblem(answer: Answer, status: number, code: string): void {
  expect(answer.status).toBe(status)
  expect(answer.headers['content-type']).toContain('application/problem+json')
  expect(answer.headers['access-control-allow-origin']).toBe('*')
  expect(JSON.parse(answer.body.toString())).toMatchObject({ status, code })
}

/** A stream with source and audio whose first segments are complete. */
async function onAir(stream: string, segments = 3): Promise<TestBroadcast> {
  const broadcast = await TestBroadcast.begin(origin, stream, [SOURCE, AUDIO])
  for (const rendition of [SOURCE, AUDIO]) await broadcast.configure(rendition)
  for (let segment = 0; segment < segments; segment++) await broadcast.segment(segment, SOURCE, AUDIO)
  return broadcast
}

describe('playlists', () => {
  test('the multivariant playlist is there as soon as a player could start', async () => {
    expectProblem(await get('/live/first/index.m3u8'), 404, 'origin.stream.unknown')
    const broadcast = await TestBroadcast.begin(origin, 'first', [SOURCE, LOW, AUDIO])
    await broadcast.configure(SOURCE)
    const before = await waitFor(
      async () => {
        const answer = await get('/live/first/index.m3u8')
        return answer.status === 404 && answer
      },
      { what: 'a 404 while there is no media' },
    )
    expectProblem(before, 404, 'origin.stream.unknown')
    expect(before.headers['cache-control']).toBe('public, max-age=1')
    await broadcast.parts(SOURCE, 0, 0, 1)
    const answer = await waitFor(
      async () => {
        const answer = await get('/live/first/index.m3u8')
        return answer.status === 200 && answer
      },
      { what: 'a multivariant playlist', interval: 10 },
    )
    expect(answer.headers['content-type']).toBe('application/vnd.apple.mpegurl')
    expect(answer.headers['x-content-type-options']).toBe('nosniff')
    expect(answer.body.toString()).toContain('360p/index.m3u8')
  })

  test('the multivariant playlist has sounds alone, save for VLC, which would play nothing else', async () => {
    await onAir('alone')
    const path = '/live/alone/index.m3u8'
    const uris = (answer: Answer) => answer.body.toString().match(/^[^#].*/gm)
    const everybody = await get(path, { 'user-agent': 'AppleCoreMedia/1.0.0.22F76' })
    expect(uris(everybody)).toEqual(['source/index.m3u8', 'audio-source/index.m3u8'])
    expect(everybody.headers.vary).toBe('Accept-Encoding, User-Agent')
    const vlc = await get(path, { 'user-agent': 'VLC/3.0.24 LibVLC/3.0.24' })
    expect(uris(vlc)).toEqual(['source/index.m3u8'])
  })

  test('of transport streams are there for what they can be made of', async () => {
    const broadcast = await onAir('ts')
    const path = '/live/ts/ts'
    const multivariant = await get(`${path}/index.m3u8`, { 'user-agent': 'VLC/3.0.24 LibVLC/3.0.24' })
    expect(multivariant.body.toString().match(/^[^#].*/gm)).toEqual(['source/index.m3u8'])
    expect(multivariant.headers.vary).toBe('Accept-Encoding, User-Agent')
    const list = await get(`${path}/source/index.m3u8`)
    expect(list.headers['content-type']).toBe('application/vnd.apple.mpegurl')
    const base = broadcast.segmentName(2).replace('.m4s', '')
    expect(list.body.toString().trim().split('\n').at(-1)).toBe(`${base}~audio-source~${base}.ts`)
    for (const none of ['360p/index.m3u8', 'none/index.m3u8'])
      expectProblem(await get(`${path}/${none}`), 404, 'origin.ts.none')
    for (const none of ['x.ts', broadcast.segmentName(2), `${base}~audio-source~x.ts`])
      expectProblem(await get(`${path}/source/${none}`), 404, 'origin.file.unknown')
    expectProblem(await get('/live/none/ts/index.m3u8'), 404, 'origin.stream.unknown')
  })

  test('are rendered once a version, compressed where it is taken, and 304 where nothing changed', async () => {
    await onAir('cached')
    const plain = await get('/live/cached/source/index.m3u8')
    expect(plain.headers['cache-control']).toBe('public, max-age=1')
    expect(plain.headers.vary).toBe('Accept-Encoding')
    const zipped = await get('/live/cached/source/index.m3u8', { 'accept-encoding': 'gzip' })
    expect(zipped.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(zipped.body).equals(plain.body)).toBe(true)
    expect(zipped.headers.etag).toBe(plain.headers.etag)
    const smaller = await get('/live/cached/source/index.m3u8', { 'accept-encoding': 'gzip, deflate, br' })
    expect(smaller.headers['content-encoding']).toBe('br')
    expect(brotliDecompressSync(smaller.body).equals(plain.body)).toBe(true)
    expect(smaller.headers.vary).toBe('Accept-Encoding')
    const same = await get('/live/cached/source/index.m3u8', { 'if-none-match': plain.headers.etag ?? '' })
    expect([same.status, same.body.length]).toEqual([304, 0])
    const head = await get('/live/cached/source/index.m3u8', {}, { method: 'HEAD' })
    expect([head.status, head.body.length]).toEqual([200, 0])
    expect(head.headers['content-length']).toBe(String(plain.body.length))
  })

  test('a planned rendition has one as soon as it has media, and 404 when that does not come', async () => {
    const broadcast = await TestBroadcast.begin(origin, 'planned', [SOURCE, LOW, AUDIO])
    await broadcast.configure(SOURCE)
    await broadcast.segment(0, SOURCE)
    expectProblem(await get('/live/planned/360p/index.m3u8'), 404, 'origin.rendition.unknown')
    const held = get('/live/planned/360p/index.m3u8')
    await broadcast.configure(LOW)
    await broadcast.parts(LOW, 0, 0, 1)
    const answer = await held
    expect(answer.body.toString()).toContain('.0.p0.m4s')
    expectProblem(await get('/live/planned/1080p/index.m3u8'), 404, 'origin.rendition.unknown')
  })

  test('stay after the end, complete, until the next broadcast takes their place', async () => {
    const first = await onAir('again')
    await text('/live/again/source/index.m3u8')
    await first.end()
    await waitFor(async () => (await text('/live/again/source/index.m3u8')).includes('#EXT-X-ENDLIST'), {
      what: 'the end of the playlist',
    })
    const ignored = await text('/live/again/source/index.m3u8?_HLS_msn=900')
    expect(ignored).toContain('#EXT-X-ENDLIST')
    expect(await text('/live/again/manifest.mpd')).toContain('type="static"')

    const second = await onAir('again', 1)
    await waitFor(async () => (await text('/live/again/source/index.m3u8')).includes(second.segmentName(0)), {
      what: 'the second broadcast',
    })
    const old = await get(`/live/again/source/${first.segmentName(0)}`)
    expect(old.body.equals(first.segmentBytes(SOURCE, 0))).toBe(true)
  })

  test('go on until the next broadcast has something to show', async () => {
    await onAir('moved')
    const playlists = ['/live/moved/index.m3u8', '/live/moved/source/index.m3u8']
    const statuses = new Set<number>()
    const ask = async (): Promise<string> => {
      const answers = await Promise.all(playlists.map((path) => get(path)))
      for (const { status } of answers) statuses.add(status)
      return answers.map(({ body }) => body.toString()).join('\n')
    }
    await ask()
    const next = await TestBroadcast.begin(origin, 'moved', [SOURCE])
    // The origin looks for the next broadcast many times meanwhile.
    for (let i = 0; i < 50; i++) await ask()
    await next.configure(SOURCE)
    await next.segment(0, SOURCE)
    await waitFor(async () => (await ask()).includes(next.segmentName(0)), { what: 'the next broadcast' })
    expect(statuses).toEqual(new Set([200]))
  })

  test('a broadcast that was removed is gone', async () => {
    const broadcast = await onAir('removed')
    await text('/live/removed/index.m3u8')
    await origin.cluster.broadcasts.remove(broadcast.id)
    const answer = await waitFor(
      async () => {
        const answer = await get('/live/removed/index.m3u8')
        return answer.status === 404 && answer
      },
      { what: 'a 404' },
    )
    expect(answer.headers['access-control-allow-origin']).toBe('*')
  })
})

describe('parts of the window', () => {
  test('a list from a time on only grows, and so do those it names', async () => {
    const broadcast = await onAir('event', 6)
    const multivariant = await text('/live/event/index.m3u8?start=5.5')
    expect(multivariant).toContain('\nsource/index.m3u8?start=5\n')
    expect(multivariant).toContain('URI="audio-source/index.m3u8?start=5"')
    const path = '/live/event/source/index.m3u8?start=5'
    const list = await text(path)
    expect(list).toContain('#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-START:TIME-OFFSET=1.000000,PRECISE=YES\n')
    expect(list).toContain('#EXT-X-MEDIA-SEQUENCE:2\n')
    const date = new Date(broadcast.startedAt + 5_000).toISOString()
    expect(await text(`/live/event/source/index.m3u8?start=${date}`)).toBe(list)
    const held = text(`${path}&_HLS_msn=6`)
    await broadcast.segment(6, SOURCE)
    expect(await held).toContain(`#EXT-X-MEDIA-SEQUENCE:2\n`)
    expect(await held).toContain(`${broadcast.segmentName(6)}\n`)
  })

  test('a list of the last seconds', async () => {
    await onAir('recent', 9)
    expect(await text('/live/recent/index.m3u8?dvr=1')).toContain('\nsource/index.m3u8?dvr=12\n')
    const list = await text('/live/recent/source/index.m3u8?dvr=13')
    expect(list).toContain('#EXT-X-MEDIA-SEQUENCE:2\n')
    expect(list).not.toContain('#EXT-X-PLAYLIST-TYPE')
  })

  test('what makes no sense, and what is not there', async () => {
    await onAir('ranges-refused', 3)
    for (const path of ['/live/ranges-refused/index.m3u8', '/live/ranges-refused/source/index.m3u8']) {
      expectProblem(await get(`${path}?start=yesterday`), 400, 'origin.range.invalid')
      expectProblem(await get(`${path}?dvr=60&dvr=60`), 400, 'origin.range.invalid')
      expectProblem(await get(`${path}?start=900`), 404, 'origin.start.ahead')
    }
  })
})

describe('blocking reload', () => {
  test('holds a request until the part is there, and answers everybody at once', async () => {
    const broadcast = await onAir('held')
    await text('/live/held/source/index.m3u8')
    const held = [
      get('/live/held/source/index.m3u8?_HLS_msn=3&_HLS_part=0'),
      get('/live/held/source/index.m3u8?_HLS_msn=3&_HLS_part=1'),
      get('/live/held/source/index.m3u8?_HLS_msn=3'),
      get('/live/held/source/index.m3u8?_HLS_msn=2&_HLS_part=4'),
    ]
    await broadcast.parts(SOURCE, 3, 0, 1)
    const [first, second, third, fourth] = held
    expect((await first)?.body.toString()).toContain('.3.p0.m4s')
    expect((await fourth)?.body.toString()).toContain('.3.p0.m4s')
    expect((await first)?.headers['cache-control']).toBe('public, max-age=12')
    await broadcast.parts(SOURCE, 3, 1, 4)
    expect((await second)?.body.toString()).toContain('.3.p1.m4s')
    await broadcast.close(SOURCE, 3)
    expect((await third)?.body.toString()).toContain('.3.m4s\n')
    expect((await get('/live/held/source/index.m3u8?_HLS_msn=0')).status).toBe(200)
  })

  test('refuses what makes no sense or is too far ahead', async () => {
    await onAir('refused')
    const path = '/live/refused/source/index.m3u8'
    expectProblem(await get(`${path}?_HLS_part=1`), 400, 'origin.reload.invalid')
    expectProblem(await get(`${path}?_HLS_msn=-1`), 400, 'origin.reload.invalid')
    expectProblem(await get(`${path}?_HLS_msn=3&_HLS_msn=4`), 400, 'origin.reload.invalid')
    expectProblem(await get(`${path}?_HLS_msn=5`), 400, 'origin.reload.too_far')
    expectProblem(await get(`${path}?_HLS_msn=3&_HLS_part=6`), 400, 'origin.reload.too_far')
    expectProblem(await get(`${path}?_HLS_skip=NO`), 400, 'origin.reload.invalid')
    expect((await get(`${path}?_HLS_msn=2&_HLS_part=3`)).status).toBe(200)
    expect((await get(`${path}?_HLS_msn=2&_HLS_push=1&token=a&token=b`)).status).toBe(200)
  })

  test('answers with a delta update where one was asked for', async () => {
    await onAir('delta', 9)
    const path = '/live/delta/source/index.m3u8'
    const whole = await text(path)
    const delta = await text(`${path}?_HLS_msn=8&_HLS_skip=v2`)
    expect(delta).toContain('#EXT-X-SKIP:SKIPPED-SEGMENTS=2\n')
    const kept = delta.split('#EXT-X-SKIP:SKIPPED-SEGMENTS=2\n')[1] ?? ''
    expect(whole.endsWith(kept)).toBe(true)
    expect(await text(`${path}?_HLS_skip=YES`)).toBe(delta)
  })

  test('ignores every directive behind the end', async () => {
    const broadcast = await onAir('over')
    await text('/live/over/source/index.m3u8')
    await broadcast.end()
    const path = '/live/over/source/index.m3u8'
    const whole = await waitFor(
      async () => {
        const list = await text(path)
        return list.includes('#EXT-X-ENDLIST') && list
      },
      { what: 'the end of the playlist' },
    )
    for (const query of ['_HLS_msn=900', '_HLS_part=1', '_HLS_msn=-1', '_HLS_skip=YES', '_HLS_skip=no'])
      expect(await text(`${path}?${query}`)).toBe(whole)
  })

  test('gives up after three target durations, and never holds more than it may', async () => {
    await onAir('stuck')
    await text('/live/stuck/source/index.m3u8')
    const held = Array.from({ length: 51 }, () => get('/live/stuck/source/index.m3u8?_HLS_msn=3'))
    const answers = await Promise.all(held)
    const codes = answers.map(({ body }) => JSON.parse(body.toString()).code as string)
    expect(codes.filter((code) => code === 'origin.waiting.full')).toHaveLength(1)
    expect(codes.filter((code) => code === 'origin.reload.timeout')).toHaveLength(50)
    expect(answers.every(({ status, headers }) => status === 503 && headers['retry-after'] === '1')).toBe(
      true,
    )
  })
})

describe('the MPD', () => {
  test('waits a little for the whole ladder, and does without it when it does not come', async () => {
    const broadcast = await TestBroadcast.begin(origin, 'dash', [SOURCE, LOW])
    await broadcast.configure(SOURCE)
    const held = get('/live/dash/manifest.mpd')
    await broadcast.segment(0, SOURCE)
    await broadcast.configure(LOW)
    await broadcast.segment(0, LOW)
    const answer = await held
    expect(answer.headers['content-type']).toBe('application/dash+xml')
    expect(answer.body.toString()).toContain('<Representation id="360p"')

    const other = await TestBroadcast.begin(origin, 'dash-source', [SOURCE, LOW])
    expectProblem(await get('/live/dash-source/manifest.mpd'), 404, 'origin.stream.unknown')
    await other.configure(SOURCE)
    await other.segment(0, SOURCE)
    const alone = await waitFor(async () => await text('/live/dash-source/manifest.mpd'), { what: 'an MPD' })
    expect(alone).not.toContain('360p')
  })

  test('has another form for low latency', async () => {
    await onAir('dash-low')
    const answer = await get('/live/dash-low/low-latency.mpd')
    expect(answer.headers['content-type']).toBe('application/dash+xml')
    expect(answer.body.toString()).toContain('availabilityTimeComplete="false"')
    expect(await text('/live/dash-low/manifest.mpd')).not.toContain('availabilityTime')
    expectProblem(await get('/live/nothing/low-latency.mpd'), 404, 'origin.stream.unknown')
  })

  test('names a clock that answers', async () => {
    await onAir('clock')
    expect(await text('/live/clock/manifest.mpd')).toContain('value="/time/clock"')
    for (const path of ['/time/clock', '/time', '/time/nothing']) {
      const answer = await get(path)
      expect(answer.headers['cache-control']).toBe('no-store')
      expect(Math.abs(Date.parse(answer.body.toString()) - Date.now())).toBeLessThan(5000)
    }
  })
})

describe('media files', () => {
  test('init segments, segments and parts, with their types and for ever', async () => {
    const broadcast = await onAir('files')
    await broadcast.parts(SOURCE, 3, 0, 2)
    await text('/live/files/source/index.m3u8?_HLS_msn=3&_HLS_part=1')
    const base = '/live/files/source'
    const init = await get(`${base}/${broadcast.initName()}`)
    expect([init.status, init.body.toString()]).toEqual([200, 'init of source'])
    const segment = await get(`${base}/${broadcast.segmentName(0)}`)
    expect(segment.body.equals(broadcast.segmentBytes(SOURCE, 0))).toBe(true)
    expect(segment.headers).toMatchObject({
      'content-type': 'video/mp4',
      'cache-control': 'public, max-age=31536000, immutable',
      'accept-ranges': 'bytes',
    })
    for (const [number, part] of [
      [2, 1],
      [3, 0],
      [3, 1],
    ] as const) {
      const name = broadcast.segmentName(number).replace('.m4s', `.p${part}.m4s`)
      const answer = await get(`${base}/${name}`)
      expect(answer.body.equals(broadcast.bytes(SOURCE, number, part))).toBe(true)
    }
    const audio = await get(`/live/files/audio-source/${broadcast.segmentName(0)}`)
    expect(audio.headers['content-type']).toBe('audio/mp4')
    expectProblem(await get(`${base}/${broadcast.segmentName(9)}`), 404, 'origin.file.unknown')
  })

  test('the announced part is held until all of it is there, and no other', async () => {
    const broadcast = await onAir('hinted')
    const list = await text('/live/hinted/source/index.m3u8')
    const name = partFileName(broadcast.segmentName(3), 0)
    expect(list).toContain(`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${name}"\n`)
    const held = Array.from({ length: 3 }, () => get(`/live/hinted/source/${name}`))
    const further = await get(`/live/hinted/source/${partFileName(broadcast.segmentName(3), 1)}`)
    expectProblem(further, 404, 'origin.file.unknown')
    await broadcast.parts(SOURCE, 3, 0, 1)
    for (const answer of await Promise.all(held))
      expect(answer.body.equals(broadcast.bytes(SOURCE, 3, 0))).toBe(true)
  })

  test('an announced part that will never come is not found as soon as that is known', async () => {
    const broadcast = await onAir('unmade')
    await text('/live/unmade/source/index.m3u8')
    await broadcast.parts(SOURCE, 3, 0, 1)
    await text('/live/unmade/source/index.m3u8?_HLS_msn=3&_HLS_part=0')
    const held = get(`/live/unmade/source/${partFileName(broadcast.segmentName(3), 1)}`)
    const sound = get(`/live/unmade/audio-source/${partFileName(broadcast.segmentName(3), 0)}`)
    await broadcast.end()
    for (const answer of await Promise.all([held, sound])) expectProblem(answer, 404, 'origin.file.unknown')
  })

  test('ranges, HEAD and entity tags', async () => {
    const broadcast = await onAir('ranges')
    const path = `/live/ranges/source/${broadcast.segmentName(1)}`
    const whole = broadcast.segmentBytes(SOURCE, 1)
    const some = await get(path, { range: 'bytes=10-19' })
    expect(some.status).toBe(206)
    expect(some.headers['content-range']).toBe(`bytes 10-19/${whole.length}`)
    expect(some.body.equals(whole.subarray(10, 20))).toBe(true)
    const outside = await get(path, { range: `bytes=${whole.length}-` })
    expectProblem(outside, 416, 'origin.range.unsatisfiable')
    expect(outside.headers['content-range']).toBe(`bytes */${whole.length}`)
    const head = await get(path, {}, { method: 'HEAD' })
    expect([head.headers['content-length'], head.body.length]).toEqual([String(whole.length), 0])
    expect((await get(path, { 'if-none-match': head.headers.etag ?? '' })).status).toBe(304)
    expect((await get(path, { range: 'bytes=0-1', 'if-range': '"other"' })).status).toBe(200)
    expect((await get(path, { range: 'bytes=0-1', 'if-range': head.headers.etag ?? '' })).status).toBe(206)
  })

  test('what was made while the stream is followed is served without a read', async () => {
    const broadcast = await onAir('hot')
    await text('/live/hot/source/index.m3u8')
    await broadcast.segment(3, SOURCE, AUDIO)
    const path = `/live/hot/source/${broadcast.segmentName(3)}`
    await waitFor(async () => (await get(path)).status === 200, { what: 'the new segment' })
    await rm(join(origin.storeFolder, 'hot'), { recursive: true })
    expect((await get(path)).body.equals(broadcast.segmentBytes(SOURCE, 3))).toBe(true)
    const part = await get(path.replace('.m4s', '.p2.m4s'))
    expect(part.body.equals(broadcast.bytes(SOURCE, 3, 2))).toBe(true)
    // Not in memory and not in the store: not there.
    expectProblem(await get(`/live/hot/source/${broadcast.segmentName(0)}`), 404, 'origin.file.unknown')
  })

  test('nothing else is there, whatever tricks a path plays', async () => {
    const broadcast = await onAir('safe')
    await writeFile(join(origin.storeFolder, 'secret'), 'secret')
    const name = broadcast.segmentName(0)
    const paths = [
      '/live/safe/source/../../secret',
      '/live/safe/source/..%2f..%2fsecret',
      '/live/safe/source/%2e%2e/%2e%2e/secret',
      '/live/safe/%2e%2e/index.m3u8',
      '/live/%2e%2e/source/index.m3u8',
      '/live/safe%2fsource/index.m3u8',
      `/live/safe/source/${name}%00`,
      `/live/safe/source/${name}%00.m4s`,
      '/live/safe/source/%zz',
      `/live/safe/source/${name}/`,
      `/live/safe//${name}`,
      `/live/SAFE/source/${name}`,
      `/live/safe/source/${'x'.repeat(1000)}.m4s`,
      '/live/__proto__/index.m3u8',
      '/live/safe/__proto__/index.m3u8',
      '/live/safe/constructor/toString',
      '/assets/../watch.html',
      '/assets/%2e%2e/watch.html',
      '/assets/..%2fwatch.html',
      '/watch/..%2f..%2fetc%2fpasswd',
      '/watch.html',
      '/live',
    ]
    for (const path of paths) {
      const answer = await get(path)
      expect([path, answer.status, answer.headers['content-type']]).toEqual([
        path,
        404,
        'application/problem+json; charset=utf-8',
      ])
      expect(answer.headers['access-control-allow-origin']).toBe('*')
      expect(answer.body.toString()).not.toContain('secret')
    }
  })
})

describe('the rest', () => {
  test('pages', async () => {
    const watch = await get('/watch/anything')
    expect(watch.body.toString()).toBe('<title>watch</title>')
    expect(watch.headers['cache-control']).toBe('no-cache')
    expect(watch.headers['content-security-policy']).toContain("default-src 'self'")
    expect(await text('/')).toBe('<title>start</title>')
    const asset = await get('/assets/watch-1a2b.js')
    expect([asset.status, asset.headers['cache-control']]).toEqual([
      200,
      'public, max-age=31536000, immutable',
    ])
    expect(asset.headers['content-type']).toContain('javascript')
  })

  test('preflight requests', async () => {
    const answer = await get('/live/a/index.m3u8', {}, { method: 'OPTIONS' })
    expect(answer.status).toBe(204)
    expect(answer.headers['access-control-allow-methods']).toBe('GET, HEAD, OPTIONS')
  })

  test('health', async () => {
    expect((await get('/healthz')).status).toBe(200)
    expect((await get('/readyz')).status).toBe(200)
  })

  test('an origin that starts later says the same', async () => {
    await onAir('twice', 5)
    const other = await origin.another()
    for (const path of ['/live/twice/index.m3u8', '/live/twice/source/index.m3u8']) {
      const [here, there] = [await get(path), await get(path, {}, { port: other.port })]
      expect(there.body.toString()).toBe(here.body.toString())
      expect(there.headers.etag).toBe(here.headers.etag)
    }
  })
})

describe('a stream nobody asks for', () => {
  test('is followed no longer, and again when somebody does', async () => {
    const idle = await startTestOrigin({ idleMillis: 60, recheckMillis: 10 })
    try {
      const broadcast = await TestBroadcast.begin(idle, 'idle', [SOURCE])
      await broadcast.configure(SOURCE)
      await broadcast.segment(0, SOURCE)
      const path = '/live/idle/source/index.m3u8'
      expect((await get(path, {}, { port: idle.port })).status).toBe(200)
      await waitFor(async () => (await subscribers(idle, broadcast.id)) === 0, { what: 'no subscriber' })
      await broadcast.segment(1, SOURCE)
      const answer = await get(path, {}, { port: idle.port })
      expect(answer.body.toString()).toContain(broadcast.segmentName(1))
    } finally {
      await idle.stop()
    }
  })

  function subscribers(from: TestOrigin, broadcast: string): Promise<number> {
    const socket = from.redis.url.slice('unix://'.length)
    return new Promise((resolve, reject) => {
      const args = ['-s', socket, 'PUBSUB', 'NUMSUB', `sluice:timeline:${broadcast}`]
      execFile('redis-cli', args, (error, out) =>
        error === null ? resolve(Number(out.trim().split('\n')[1])) : reject(error),
      )
    })
  }
})

describe('while Redis is away', () => {
  test('the origin serves what it has and says that it is not ready', async () => {
    const alone = await startTestOrigin({ recheckMillis: 10 })
    const stop = async (): Promise<void> => alone.stop()
    try {
      const broadcast = await TestBroadcast.begin(alone, 'alone', [SOURCE])
      await broadcast.configure(SOURCE)
      for (const segment of [0, 1, 2]) await broadcast.segment(segment, SOURCE)
      const at = { port: alone.port }
      expect((await get('/live/alone/source/index.m3u8', {}, at)).status).toBe(200)
      await alone.redis.stop()
      const playlist = await get('/live/alone/source/index.m3u8', {}, at)
      expect(playlist.body.toString()).toContain(broadcast.segmentName(2))
      expect((await get(`/live/alone/source/${broadcast.segmentName(1)}`, {}, at)).status).toBe(200)
      const ready = await waitFor(
        async () => {
          const answer = await get('/readyz', {}, at)
          return answer.status === 503 && answer
        },
        { what: 'not ready' },
      )
      expectProblem(ready, 503, 'origin.not_ready')
      expect(JSON.parse(ready.body.toString()).reasons[0].check).toBe('redis')
      const unknown = await get('/live/other/index.m3u8', {}, at)
      expectProblem(unknown, 503, 'cluster.redis.unreachable')
    } finally {
      await stop()
    }
  })
})
