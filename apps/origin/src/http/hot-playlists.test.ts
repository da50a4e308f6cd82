import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { createLogger } from '@sluice/runtime'
import { waitFor } from '@sluice/testkit'
import type { FastifyInstance } from 'fastify'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { DEFAULT_LIMITS } from '../limits.ts'
import { clusterTimelineSource } from '../live/cluster-timeline-source.ts'
import { MediaCache } from '../live/media-cache.ts'
import { OriginTotals } from '../live/origin-totals.ts'
import { StreamDirectory } from '../live/stream-directory.ts'
import { WaitingRoom } from '../live/wait-list.ts'
import { SOURCE, TestBroadcast } from '../testing/test-broadcast.ts'
import { startTestOrigin, type TestOrigin } from '../testing/test-origin.ts'
import { HotPlaylists } from './hot-playlists.ts'
import { addPlaylistRoutes } from './playlist-routes.ts'
import { ResponseCounts } from './response-counts.ts'
import { createServer } from './server.ts'
import { dropSlowReaders } from './slow-readers.ts'

/** Long enough for a list that is not sent in one piece. */
const WINDOW_SECONDS = 7200
const PATH = '/live/hot/source/index.m3u8'
/** One connection, so that an answer that does not end is the last. */
const agent = new Agent({ keepAlive: true, maxSockets: 1 })

const totals = new OriginTotals()
const room = new WaitingRoom(8)
const responses = new ResponseCounts()
let origin: TestOrigin
let directory: StreamDirectory
let app: FastifyInstance
let broadcast: TestBroadcast
let port: number
/** Requests that took the ordinary way. */
let routed = 0

beforeAll(async () => {
  origin = await startTestOrigin()
  broadcast = await TestBroadcast.begin(origin, 'hot', [SOURCE])
  await broadcast.configure(SOURCE)
  for (let segment = 0; segment < 3; segment++) await broadcast.segment(segment, SOURCE)
  const log = createLogger({ log: { level: 'fatal', format: 'json' } }, 'test')
  directory = new StreamDirectory(
    {
      source: clusterTimelineSource(origin.cluster),
      media: new MediaCache(origin.store, 1_000_000),
      room,
      totals,
      ...{ log, windowSeconds: WINDOW_SECONDS, timeServerUrl: '/time', slowReaderMillis: 10_000 },
    },
    DEFAULT_LIMITS,
  )
  const hot = new HotPlaylists(directory, totals.documents)
  app = createServer(log, hot)
  app.addHook('onRequest', (_, __, done) => {
    routed += 1
    done()
  })
  addPlaylistRoutes(app, directory, DEFAULT_LIMITS, hot)
  dropSlowReaders(app.server, DEFAULT_LIMITS.answerMillis, (response) => responses.count(response))
  await app.listen({ host: '127.0.0.1', port: 0 })
  port = (app.server.address() as AddressInfo).port
})

afterAll(async () => {
  agent.destroy()
  await app.close()
  await directory.stop()
  await origin.stop()
})

beforeEach(async () => {
  await get()
  routed = 0
})

interface Answer {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

function get(headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path: PATH, method, headers, agent }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
      )
    })
    sent.on('error', reject)
    sent.end()
  })
}

/** What comes back for these bytes until the connection ends. */
function exchange(sent: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(sent))
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1')
    })
    socket.on('end', () => resolve(received))
    socket.on('error', reject)
  })
}

test('what was just sent is sent again past the routes, with all that an answer says', async () => {
  const first = await get({ 'accept-encoding': 'gzip' })
  const { hits } = totals.documents
  for (let again = 0; again < 3; again++) {
    const { status, headers, body } = await get({ 'accept-encoding': 'gzip' })
    expect(status).toBe(200)
    expect({ ...headers, date: '' }).toEqual({ ...first.headers, date: '' })
    expect(Math.abs(Date.parse(headers.date ?? '') - Date.now())).toBeLessThan(60_000)
    expect(gunzipSync(body).toString()).toContain('#EXTM3U')
  }
  expect(first.headers).toMatchObject({
    'access-control-allow-origin': '*',
    'cache-control': 'public, max-age=1',
    'content-encoding': 'gzip',
    connection: 'keep-alive',
    'keep-alive': 'timeout=75',
    vary: 'Accept-Encoding',
  })
  expect(routed).toBe(0)
  expect(totals.documents.hits - hits).toBe(3)
})

test('a list that has changed is not sent again', async () => {
  const before = await get()
  await broadcast.segment(3, SOURCE)
  const after = await waitFor(
    async () => {
      const answer = await get()
      return answer.body.toString().includes(broadcast.segmentName(3)) && answer
    },
    { what: 'the new segment' },
  )
  expect(after.headers.etag).not.toBe(before.headers.etag)
  expect(routed).toBeGreaterThan(0)
})

test('whoever has it is told so, HEAD has no body', async () => {
  const { headers } = await get()
  expect(await get({ 'if-none-match': headers.etag ?? '' })).toMatchObject({ status: 304 })
  const head = await get({}, 'HEAD')
  expect([head.status, head.body.length]).toEqual([200, 0])
  expect(routed).toBe(2)
})

test('requests sent without waiting are answered in order, and the connection ends when it was asked to', async () => {
  const ask = (more: string): string => `GET ${PATH} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`
  const received = await exchange(
    ask('') + ask('Accept-Encoding: gzip\r\n') + ask('') + ask('Connection: close\r\n'),
  )
  expect(received.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(4)
  expect(received.match(/content-encoding: gzip|connection: [a-z-]+/gi)).toEqual([
    'Connection: keep-alive',
    'content-encoding: gzip',
    'Connection: keep-alive',
    'Connection: keep-alive',
    'Connection: close',
  ])
})

test('HTTP/1.0 gets an answer that ends with the connection', async () => {
  const received = await exchange(`GET ${PATH} HTTP/1.0\r\n\r\n`)
  expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  expect(received).toMatch(/^Connection: close\r$/m)
})

/** A connection of one player, and what came over it. */
class Player {
  received = ''
  readonly #socket = connect(port, '127.0.0.1')

  constructor() {
    this.#socket.on('data', (bytes) => {
      this.received += bytes.toString('latin1')
    })
    this.#socket.on('error', () => undefined)
    players.push(this)
  }

  ask(path: string, { method = 'GET', headers = '' } = {}): void {
    this.#socket.write(`${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`)
  }

  /** The heads of its answers so far. */
  get heads(): string[] {
    return this.received.match(/HTTP\/1\.1 .*?\r\n\r\n/gs) ?? []
  }

  /** Whether all of its first answer has come. */
  get isWhole(): boolean {
    const [head = ''] = this.heads
    const size = /^content-length: (\d+)\r$/im.exec(head)?.[1]
    return size !== undefined && this.received.length === head.length + Number(size)
  }

  leave(): void {
    this.#socket.destroy()
  }
}

const players: Player[] = []
afterEach(() => {
  for (const player of players.splice(0)) player.leave()
})

/** A stream with three segments, and the address that waits for the first part of the fourth. */
async function held(stream: string): Promise<{ readonly live: TestBroadcast; readonly path: string }> {
  const live = await TestBroadcast.begin(origin, stream, [SOURCE])
  await live.configure(SOURCE)
  for (let segment = 0; segment < 3; segment++) await live.segment(segment, SOURCE)
  return { live, path: `/live/${stream}/source/index.m3u8?_HLS_msn=3&_HLS_part=0` }
}

/** So many players who wait, each with these headers; the first takes the ordinary way. */
async function waiting(path: string, ...headers: readonly string[]): Promise<Player[]> {
  const before = room.waiting
  const all: Player[] = []
  for (const each of headers) {
    const player = new Player()
    player.ask(path, { headers: each })
    all.push(player)
    await waitFor(() => room.waiting === before + all.length, { what: 'a request that waits' })
  }
  return all
}

const answers = (all: readonly Player[], count = 1): Promise<boolean> =>
  waitFor(() => all.every(({ heads }) => heads.length === count), { what: 'all answers' })

function withoutDate(head: string | undefined): string | undefined {
  return head?.replace(/^date: .*$/im, '')
}

/** A head of a problem, which may be in any order. */
function linesOf(head: string | undefined): string[] | undefined {
  return withoutDate(head)?.toLowerCase().split('\r\n').toSorted()
}

describe('who asks for what others wait for', () => {
  test('waits with them, past the routes, and is given the same', async () => {
    const { live, path } = await held('together')
    const before = totals.documents.hits + totals.documents.misses
    const all = await waiting(path, '', '', 'Accept-Encoding: gzip\r\n', '', 'Accept-Encoding: br\r\n')
    expect(routed).toBe(1)
    await live.parts(SOURCE, 3, 0, 1)
    await answers(all)
    const [first, second, gzip, last, brotli] = all.map(({ heads }) => withoutDate(heads[0]))
    expect(first).toContain('HTTP/1.1 200 OK')
    expect(first).toContain('cache-control: public, max-age=12')
    expect([second, last]).toEqual([first, first])
    expect([gzip, brotli].map((head) => /^content-encoding: (.*)\r$/m.exec(head ?? '')?.[1])).toEqual([
      'gzip',
      'br',
    ])
    for (const player of [0, 1, 3]) expect(all[player]?.received).toContain('.3.p0.m4s')
    expect(totals.documents.hits + totals.documents.misses - before).toBe(5)
    expect(room.waiting).toBe(0)
    // The connections go on.
    for (const player of all) player.ask(path)
    await answers(all, 2)
    expect(routed).toBe(1)
  })

  test('has what he asked for behind it answered after it', async () => {
    const { live, path } = await held('in-order')
    const [, second] = await waiting(path, '', '')
    second?.ask('/live/nothing/index.m3u8')
    second?.ask(path)
    await live.parts(SOURCE, 3, 0, 1)
    await waitFor(() => second?.heads.length === 3, { what: 'three answers' })
    expect(second?.heads.map((head) => head.slice(9, 12))).toEqual(['200', '404', '200'])
    expect(routed).toBeGreaterThan(1)
  })

  test('takes the ordinary way where more than the playlist decides, and waits as well', async () => {
    const { live, path } = await held('ordinary')
    const all = await waiting(path, '', 'If-None-Match: "a"\r\n', 'Connection: close\r\n')
    const head = new Player()
    head.ask(path, { method: 'HEAD' })
    await waitFor(() => room.waiting === 4, { what: 'a HEAD that waits' })
    expect(routed).toBe(4)
    await live.parts(SOURCE, 3, 0, 1)
    await answers([...all, head])
    expect(head.received).toBe(head.heads[0])
    expect(all[2]?.received).toMatch(/^Connection: close\r$/im)
  })

  test('may leave', async () => {
    const { live, path } = await held('left')
    const [first, second, third] = await waiting(path, '', '', '')
    const none = (): number => [...responses.entries()].find(({ status }) => status === 'none')?.count ?? 0
    const before = none()
    first?.leave()
    second?.leave()
    await waitFor(() => room.waiting === 1, { what: 'two to leave' })
    expect(none() - before).toBe(2)
    await live.parts(SOURCE, 3, 0, 1)
    await answers(third === undefined ? [] : [third])
  })

  test('is refused where too many wait', async () => {
    const { live, path } = await held('full')
    const all = await waiting(path, ...Array.from({ length: 8 }, () => ''))
    const ninth = new Player()
    ninth.ask(path)
    await answers([ninth])
    expect(ninth.received).toContain('"code":"origin.waiting.full"')
    await live.parts(SOURCE, 3, 0, 1)
    await answers(all)
  })

  test('is given the list as it is when the stream ends', async () => {
    const { live, path } = await held('ended')
    const all = await waiting(path, '', '', '')
    await live.end()
    await answers(all)
    for (const { received } of all) expect(received).toContain('#EXT-X-ENDLIST')
  })

  test('is told so where the list he wants does not go back far enough', async () => {
    const { live, path } = await held('range')
    const all = await waiting(`${path}&start=0`, '', '')
    const past = (WINDOW_SECONDS + 100) / 2
    await live.close(SOURCE, past)
    await answers(all)
    expect(all.map(({ heads }) => heads[0]?.slice(9, 12))).toEqual(['404', '404'])
    const [first, second] = all.map(({ heads }) => linesOf(heads[0]))
    expect(second).toEqual(first)
  })

  test('is given a list of hours too', async () => {
    const { live } = await held('hours')
    const last = 1_200
    const path = `/live/hours/source/index.m3u8?_HLS_msn=${last}`
    const list = async (): Promise<string> =>
      (await fetch(`http://127.0.0.1:${port}/live/hours/source/index.m3u8`)).text()
    // What is followed from now on is kept here, longer than in the timeline.
    await list()
    await Promise.all(Array.from({ length: last - 3 }, (_, index) => live.close(SOURCE, 3 + index)))
    await waitFor(async () => (await list()).includes(live.segmentName(last - 1)), { what: 'a long list' })
    routed = 0
    const all = await waiting(path, '', '')
    await live.close(SOURCE, last)
    await waitFor(() => all.every(({ isWhole }) => isWhole), { what: 'both lists' })
    expect(all[0]?.received.length).toBeGreaterThan(64 * 1024)
    expect(withoutDate(all[1]?.received)).toBe(withoutDate(all[0]?.received))
    expect(routed).toBe(1)
  })

  test('is told so when the origin stops', async () => {
    const { path } = await held('stopped')
    const all = await waiting(path, '', '')
    await directory.stop()
    await answers(all)
    for (const { received } of all) expect(received).toContain('"code":"origin.reload.timeout"')
    const [first, second] = all.map(({ heads }) => linesOf(heads[0]))
    expect(second).toEqual(first)
    expect(first).toEqual(expect.arrayContaining(['http/1.1 503 service unavailable', 'retry-after: 1']))
  })
})
