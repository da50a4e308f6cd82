import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import {
  createServer as createHttpServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { type EpochMillis, epochMillis } from '@sluice/core'
import { createLogger } from '@sluice/runtime'
import { waitFor } from '@sluice/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PublishAttempt } from './publish-request.ts'
import { PublishWebhook, type PublishWebhookOptions } from './publish-webhook.ts'

interface Call {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

const attempt: PublishAttempt = {
  stream: 'demo',
  address: '192.0.2.1',
  client: 'FMLE/3.0 (compatible; FMSc/1.0)',
  app: 'live',
  query: 'token=a%20b&sig=secret-signature&expires=1',
}
const NOW: EpochMillis = epochMillis(1_700_000_000_999)

describe('the publish webhook', () => {
  let server: Server
  let url: string
  let answer: (response: ServerResponse) => void
  let calls: Call[]
  let lines: { readonly code?: string; readonly level: string; readonly msg: string }[]

  beforeEach(async () => {
    calls = []
    lines = []
    answer = (response) => response.writeHead(204).end()
    server = createHttpServer((request, response) => {
      const { method, url, headers } = request
      void text(request).then((body) => {
        calls.push({ method, url, headers, body })
        answer(response)
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/publish?a=1`
  })
  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  const webhook = (options: Partial<PublishWebhookOptions> = {}): PublishWebhook =>
    new PublishWebhook({
      url,
      timeoutMillis: 5_000,
      onFailure: 'refuse',
      secret: undefined,
      now: () => NOW,
      ...options,
    })
  const log = createLogger({ log: { level: 'debug', format: 'json' } }, 'ingest', {
    write: (line: string) => void lines.push(JSON.parse(line)),
  })
  const ask = (options: Partial<PublishWebhookOptions> = {}) => webhook(options).ask(attempt, log)
  const warnings = () => lines.filter(({ level }) => level !== 'debug').map(({ code }) => code)

  const FAILED = {
    code: 'ingest.publish.webhook_failed',
    reason: 'the server cannot ask whether this may be published; try again',
    blameless: true,
  }

  it('is told who wants to publish what, and nothing that is a secret', async () => {
    expect(await ask()).toBeUndefined()
    expect(calls).toHaveLength(1)
    expect(calls[0]).toMatchObject({
      method: 'POST',
      url: '/publish?a=1',
      headers: { 'content-type': 'application/json', 'user-agent': 'sluice', connection: 'close' },
    })
    expect(calls[0]?.headers).not.toHaveProperty('sluice-signature')
    expect(JSON.parse(calls[0]?.body ?? '')).toEqual({
      event: 'publish',
      stream: 'demo',
      address: '192.0.2.1',
      client: 'FMLE/3.0 (compatible; FMSc/1.0)',
      app: 'live',
      query: 'token=a%20b&expires=1',
      time: '2023-11-14T22:13:20.999Z',
    })
    expect(JSON.stringify([calls, lines])).not.toContain('secret-signature')
    expect(warnings()).toEqual([])
  })

  it('is told who logged in, and not how', async () => {
    const login = 'authmod=adobe&user=alice&challenge=01234567&response=R+/x==&opaque=sealed'
    for (const query of [login, `token=1&${login}`, 'user=bob&response=yes', 'authmo%64=x&user=alice'])
      await webhook().ask({ ...attempt, user: 'alice', query }, log)
    const bodies = calls.map(({ body }) => JSON.parse(body))
    expect(bodies.map(({ query }) => query)).toEqual(['', 'token=1', 'user=bob&response=yes', ''])
    expect(bodies[0]).toMatchObject({ user: 'alice' })
  })

  it('can check that it was called by this gateway, and when', async () => {
    const secret = 'a secret of the webhook'
    await ask({ secret })
    const [call] = calls
    const [, time = '', signature] =
      /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(call?.headers['sluice-signature'])) ?? []
    expect(time).toBe('1700000000')
    expect(signature).toBe(createHmac('sha256', secret).update(`${time}.${call?.body}`).digest('hex'))
  })

  it.each([200, 201, 204, 299])('allows with %i', async (status) => {
    answer = (response) => response.writeHead(status).end()
    expect(await ask()).toBeUndefined()
  })

  it.each([
    ['application/json', '{"reason":"not on a Sunday"}', 'not on a Sunday'],
    ['application/problem+json', '{"reason":"x"}', undefined],
    ['application/json; charset=utf-8', '{"reason":"später"}', 'später'],
    ['application/json', '{"reason":7}', undefined],
    ['application/json', '["reason"]', undefined],
    ['application/json', 'null', undefined],
    ['application/json', '{"reason":', undefined],
    ['text/plain', 'not on a Sunday\n', 'not on a Sunday'],
    ['text/plain', 'two\r\n\tlines\u0000and \u001b[31mred\u202e', 'two lines and [31mred'],
    ['text/plain', ' \n', undefined],
    ['text/plain', 'ä'.repeat(10_000), 'ä'.repeat(200)],
    ['text/plain', '😀'.repeat(10_000), '😀'.repeat(200)],
    ['text/html', '<h1>Forbidden</h1>', undefined],
    ['', 'Forbidden', undefined],
  ])('refuses with a reason of type %s: %j', async (type, body, reason) => {
    answer = (response) => response.writeHead(403, type === '' ? {} : { 'content-type': type }).end(body)
    expect(await ask()).toEqual({
      code: 'ingest.publish.webhook_refused',
      reason: reason ?? 'this publish is not allowed (webhook: 403)',
    })
    expect(warnings()).toEqual([])
  })

  it.each([400, 401, 404, 429, 499])('refuses with %i', async (status) => {
    answer = (response) => response.writeHead(status).end()
    expect(await ask({ onFailure: 'accept' })).toMatchObject({ code: 'ingest.publish.webhook_refused' })
  })

  it.each([301, 302, 307, 308, 500, 503, 600])('fails with %i, and follows nothing', async (status) => {
    answer = (response) => response.writeHead(status, { location: '/elsewhere' }).end('{"reason":"x"}')
    expect(await ask()).toEqual(FAILED)
    expect(calls.map(({ url }) => url)).toEqual(['/publish?a=1'])
    expect(lines.at(-1)).toMatchObject({
      level: 'warn',
      code: 'ingest.webhook.bad_status',
      msg: `the publish webhook answered ${status}, which is neither 2xx nor 4xx; the publish is refused`,
    })
  })

  it('that does not answer in time is not waited for', async () => {
    answer = () => undefined
    const begun = performance.now()
    expect(await ask({ timeoutMillis: 300 })).toEqual(FAILED)
    expect(performance.now() - begun).toBeLessThan(2_000)
    expect(lines.at(-1)).toMatchObject({
      code: 'ingest.webhook.timeout',
      remote: '192.0.2.1',
      millis: expect.any(Number),
      msg: 'the publish webhook did not answer within 0.3 s; the publish is refused',
    })
  })

  it('that never finishes its headers is not waited for', async () => {
    answer = (response) => response.socket?.write('HTTP/1.1 200 OK\r\nx-slow: ')
    expect(await ask({ timeoutMillis: 300 })).toEqual(FAILED)
    expect(warnings()).toEqual(['ingest.webhook.timeout'])
  })

  it('that refused and never finishes its reason has refused', async () => {
    answer = (response) => response.writeHead(403, { 'content-type': 'text/plain' }).write('because')
    expect(await ask({ timeoutMillis: 300, onFailure: 'accept' })).toEqual({
      code: 'ingest.publish.webhook_refused',
      reason: 'because',
    })
  })

  it('that allowed and never finishes its body has allowed, at once', async () => {
    answer = (response) => response.writeHead(200).write('{')
    const begun = performance.now()
    expect(await ask()).toBeUndefined()
    expect(performance.now() - begun).toBeLessThan(2_000)
  })

  it.each([200, 403, 500])('that answers %i without end is not listened to without end', async (status) => {
    let written = 0
    let over = false
    answer = (response) => {
      response.writeHead(status, { 'content-type': 'text/plain' })
      response.on('close', () => {
        over = true
      })
      const more = (): void => {
        while (!over && response.write('x'.repeat(65_536))) written += 65_536
      }
      response.on('drain', more)
      more()
    }
    const refusal = await ask()
    await waitFor(() => over, { what: 'the end of the connection' })
    // What lies in the buffers of two sockets.
    expect(written).toBeLessThan(32 * 1024 * 1024)
    expect(refusal?.reason ?? '').toBe({ 200: '', 403: 'x'.repeat(200), 500: FAILED.reason }[status])
  })

  it('that answers with a bomb does not hurt', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 'x'))
    answer = (response) =>
      response.writeHead(403, { 'content-type': 'text/plain', 'content-encoding': 'gzip' }).end(bomb)
    const before = process.memoryUsage().rss
    expect((await ask())?.reason).toBe('x'.repeat(200))
    expect(process.memoryUsage().rss - before).toBeLessThan(48 * 1024 * 1024)
  })

  it('that breaks off has failed', async () => {
    answer = (response) => response.socket?.destroy()
    expect(await ask()).toEqual(FAILED)
    expect(warnings()).toEqual(['ingest.webhook.unreachable'])
    expect(calls).toHaveLength(1)
  })

  it('that is not there has failed', async () => {
    server.close()
    expect(await ask()).toEqual(FAILED)
    expect(lines.at(-1)).toMatchObject({
      code: 'ingest.webhook.unreachable',
      msg: expect.stringMatching(
        /^the publish webhook cannot be reached: .*ECONNREFUSED.*; the publish is refused$/,
      ),
    })
  })

  it('that speaks something else has failed', async () => {
    const other = createTcpServer((socket) => socket.end('220 mail.example.org ESMTP\r\n'))
    other.listen(0, '127.0.0.1')
    await once(other, 'listening')
    try {
      const port = (other.address() as AddressInfo).port
      expect(await ask({ url: `http://127.0.0.1:${port}/` })).toEqual(FAILED)
      expect(warnings()).toEqual(['ingest.webhook.unreachable'])
    } finally {
      other.close()
    }
  })

  it('may fail without harm where the operator wants that', async () => {
    answer = (response) => response.writeHead(500).end()
    expect(await ask({ onFailure: 'accept' })).toBeUndefined()
    expect(lines.at(-1)).toMatchObject({
      level: 'warn',
      code: 'ingest.webhook.bad_status',
      msg: expect.stringContaining('; the publish is accepted'),
    })
  })
})
