import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders } from 'node:http2'
import { request as httpsRequest } from 'node:https'
import { connect as connectSocket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, makeCertificate, waitFor } from '@sluice/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SOURCE, TestBroadcast } from '../testing/test-broadcast.ts'
import { startTestOrigin, type TestOrigin } from '../testing/test-origin.ts'

interface Answer {
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

let folder: string
let ca: Buffer
let origin: TestOrigin
let broadcast: TestBroadcast

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-h2-'))
  const files = await makeCertificate(folder, 'localhost')
  ca = await readFile(files.cert)
  origin = await startTestOrigin({}, undefined, { tls: { port: await freePort(), ...files } })
  broadcast = await TestBroadcast.begin(origin, 'h2', [SOURCE])
  await broadcast.configure(SOURCE)
  for (const segment of [0, 1, 2]) await broadcast.segment(segment, SOURCE)
})
afterAll(async () => {
  await origin.stop()
  await rm(folder, { recursive: true, force: true })
})

function session(): ClientHttp2Session {
  const client = connect(`https://localhost:${origin.tlsPort}`, { ca })
  client.on('error', () => undefined)
  return client
}

function ask(client: ClientHttp2Session, headers: Readonly<Record<string, string>>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = client.request(headers)
    const chunks: Buffer[] = []
    let head: IncomingHttpHeaders = {}
    stream.on('response', (received) => {
      head = received
    })
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => resolve({ headers: head, body: Buffer.concat(chunks) }))
    stream.on('error', reject)
    stream.end()
  })
}

describe('HTTPS', () => {
  test('speaks HTTP/2, with the answers of HTTP/1.1', async () => {
    const client = session()
    const path = `/live/h2/source/${broadcast.segmentName(1)}`
    const answers = await Promise.all(
      ['/live/h2/index.m3u8', '/live/h2/source/index.m3u8', '/live/h2/manifest.mpd', path].map((each) =>
        ask(client, { ':path': each }),
      ),
    )
    expect(client.alpnProtocol).toBe('h2')
    expect(answers.map(({ headers }) => headers[':status'])).toEqual([200, 200, 200, 200])
    expect(answers[3]?.body.equals(broadcast.segmentBytes(SOURCE, 1))).toBe(true)
    expect(answers[3]?.headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'access-control-allow-origin': '*',
    })
    const part = await ask(client, { ':path': path, range: 'bytes=5-9' })
    expect([part.headers[':status'], part.body.length]).toEqual([206, 5])
    const etag = String(answers[3]?.headers.etag)
    expect((await ask(client, { ':path': path, 'if-none-match': etag })).headers[':status']).toBe(304)
    const head = await ask(client, { ':path': path, ':method': 'HEAD' })
    expect([head.headers['content-length'], head.body.length]).toEqual([
      answers[3]?.headers['content-length'],
      0,
    ])
    const missing = await ask(client, { ':path': '/live/h2/source/none.m4s' })
    expect(JSON.parse(missing.body.toString())).toMatchObject({ status: 404, code: 'origin.file.unknown' })
    client.close()
  })

  test('holds many requests of one connection beside each other', async () => {
    const client = session()
    const path = '/live/h2/source/index.m3u8?_HLS_msn=3'
    const held = Array.from({ length: 20 }, (_, part) =>
      ask(client, { ':path': `${path}&_HLS_part=${part % 2}` }),
    )
    // Answered while the others are held.
    expect((await ask(client, { ':path': '/healthz' })).headers[':status']).toBe(200)
    await broadcast.parts(SOURCE, 3, 0, 2)
    const statuses = (await Promise.all(held)).map(({ headers }) => headers[':status'])
    expect(new Set(statuses)).toEqual(new Set([200]))
    client.close()
  })

  test('speaks HTTP/1.1 with clients that know no other', async () => {
    const version = await new Promise((resolve, reject) => {
      const sent = httpsRequest(
        { host: 'localhost', port: origin.tlsPort, ca, path: '/healthz' },
        (answer) => {
          answer.resume().once('end', () => resolve(`${answer.httpVersion} ${answer.statusCode}`))
        },
      )
      sent.on('error', reject)
      sent.end()
    })
    expect(version).toBe('1.1 200')
  })

  test('refuses a request with too many headers, and goes on', async () => {
    const client = session()
    const many = Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`x-${i}`, 'x']))
    await expect(ask(client, { ':path': '/healthz', ...many })).rejects.toThrow('NGHTTP2_ENHANCE_YOUR_CALM')
    await expect(ask(client, { ':path': '/healthz', 'x-large': 'x'.repeat(20_000) })).rejects.toThrow(
      /Stream closed/,
    )
    const next = session()
    expect((await ask(next, { ':path': '/healthz' })).headers[':status']).toBe(200)
    client.destroy()
    next.close()
  })

  test('disconnects a client that opens requests only to take them back', async () => {
    const client = session()
    const goaway = new Promise<number>((resolve) => client.once('goaway', resolve))
    await new Promise((resolve) => client.once('connect', resolve))
    const reset = (): void => {
      for (let i = 0; i < 50 && !client.destroyed && !client.closed; i++) {
        const stream = client.request({ ':path': '/live/h2/source/index.m3u8?_HLS_msn=4' })
        stream.on('error', () => undefined)
        stream.close(constants.NGHTTP2_CANCEL)
      }
    }
    await waitFor(
      () => {
        reset()
        return client.destroyed || client.closed
      },
      { what: 'the end of the connection', interval: 1 },
    )
    expect([constants.NGHTTP2_ENHANCE_YOUR_CALM, constants.NGHTTP2_INTERNAL_ERROR]).toContain(await goaway)
  })

  test('stops with requests held and connections open', async () => {
    const other = await startTestOrigin({}, undefined, { tls: { port: await freePort() } })
    const another = await TestBroadcast.begin(other, 'stop', [SOURCE])
    await another.configure(SOURCE)
    await another.segment(0, SOURCE)
    const client = connect(`https://localhost:${other.tlsPort}`, { rejectUnauthorized: false })
    client.on('error', () => undefined)
    const silent = connectSocket(other.tlsPort ?? 0, 'localhost')
    silent.on('error', () => undefined)
    await ask(client, { ':path': '/live/stop/source/index.m3u8' })
    const held = ask(client, { ':path': '/live/stop/source/index.m3u8?_HLS_msn=1' })
    await ask(client, { ':path': '/healthz' })
    const closed = Promise.all(
      [client, silent].map((each) => new Promise((resolve) => each.once('close', resolve))),
    )
    await other.stop()
    expect((await held).headers[':status']).toBe(503)
    await closed
  })
})

describe('plain HTTP', () => {
  test('does not change to HTTP/2', async () => {
    const headers = {
      connection: 'Upgrade, HTTP2-Settings',
      upgrade: 'h2c',
      'http2-settings': 'AAMAAABkAAQAAP__',
    }
    const status = await new Promise((resolve, reject) => {
      const sent = httpRequest(
        { host: '127.0.0.1', port: origin.port, path: '/healthz', headers },
        (answer) => resolve(answer.resume().statusCode),
      )
      sent.on('upgrade', () => resolve('upgraded'))
      sent.on('error', reject)
      sent.end()
    })
    expect(status).toBe(200)
    const socket = connectSocket(origin.port, '127.0.0.1')
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    await new Promise((resolve) => socket.once('close', resolve))
    expect(Buffer.concat(chunks).toString()).toContain('HTTP/1.1 400')
  })
})
