import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { AVC_CONFIGURATION, avcFrame, type ClientStatus, type RtmpTestClient, waitFor } from '@sluice/testkit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestIngest, type TestIngest } from './testing/test-ingest.ts'

const seconds = (): number => Math.floor(Date.now() / 1000)

/** Publishes and waits for the end, where it is refused. @returns the answer, and the codes logged for it. */
async function attempt(
  ingest: TestIngest,
  name: string,
  client: RtmpTestClient = ingest.client(),
): Promise<{ status: ClientStatus; codes: string[]; end: () => void }> {
  const before = ingest.codes().length
  const status = await client.publishTo(name)
  if (status.level === 'error') await client.untilClosed()
  return { status, codes: ingest.codes().slice(before), end: () => client.destroy() }
}

/** A client that the ingest has accepted and heard nothing of. */
async function visitor(ingest: TestIngest): Promise<RtmpTestClient> {
  const client = ingest.client()
  await once(client.socket, 'connect')
  return client
}

describe('a signed publish name', () => {
  let ingest: TestIngest
  let key: string

  beforeAll(async () => {
    ingest = await startTestIngest({ env: { SLUICE_PUBLISH_AUTH: 'key', SLUICE_RECONNECT_SECONDS: '0' } })
    key = (await ingest.cluster.streams.create({ name: 'demo', profile: 'source' })).key
  })
  afterAll(() => ingest.stop())
  afterEach(() => waitFor(() => ingest.hub.size === 0, { what: 'the end of the publish' }))

  const sign = async (expires: number, address?: string): Promise<string> => {
    const name = await ingest.cluster.streams.signName({ stream: 'demo', expires, address })
    if (name === undefined) throw new Error('there is no stream demo')
    return name
  }

  it('lets its bearer publish the stream, and is not logged', async () => {
    const name = await sign(seconds() + 60)
    const client = ingest.client()
    expect(await client.publishTo(name)).toMatchObject({ code: 'NetStream.Publish.Start' })
    client.media('video', 0, AVC_CONFIGURATION)
    client.media('video', 0, avcFrame(true))
    await waitFor(() => ingest.hub.find('demo')?.stream.totals.videoFrames === 1, { what: 'a frame' })
    client.destroy()
    expect(JSON.stringify(ingest.lines)).not.toContain(name.slice(name.indexOf('sig=') + 4))
  })

  it('does so from its address, among other parameters', async () => {
    const name = await sign(seconds() + 60, '::ffff:127.0.0.1')
    const { status, end } = await attempt(ingest, `${name}&bandwidthtest=true`)
    expect(status).toMatchObject({ code: 'NetStream.Publish.Start' })
    end()
  })

  it('stands beside the key, which may have a query too', async () => {
    const { status, end } = await attempt(ingest, `${key}?bandwidthtest=true`)
    expect(status).toMatchObject({ code: 'NetStream.Publish.Start' })
    end()
  })

  it.each([
    [
      'expired',
      () => sign(1_700_000_000),
      'ingest.publish.expired',
      'the signed name expired at 2023-11-14T22:13:20.000Z: ask for a new one',
    ],
    [
      'given another expiry',
      async () => (await sign(1_700_000_000)).replace('1700000000', '4700000000'),
      'ingest.publish.bad_signature',
      'the signature does not fit: the name was changed, or another one was made valid since',
    ],
    [
      'given another stream',
      async () => (await sign(seconds() + 60)).replace('demo', 'other'),
      'ingest.publish.bad_signature',
      'the signature does not fit: the name was changed, or another one was made valid since',
    ],
    [
      'for another address',
      () => sign(seconds() + 60, '192.0.2.7'),
      'ingest.publish.wrong_address',
      'the signed name is for 192.0.2.7, not for 127.0.0.1',
    ],
    [
      'cut at the &',
      async () => (await sign(seconds() + 60)).split('&')[0] ?? '',
      'ingest.publish.incomplete_signature',
      'the signed name has no sig: use all of it, in quotes where a shell would cut it at &',
    ],
    [
      'without its expiry',
      async () => (await sign(seconds() + 60)).replace(/expires=\d+&/, ''),
      'ingest.publish.incomplete_signature',
      'the signed name has no expires: use all of it, in quotes where a shell would cut it at &',
    ],
    [
      'taken for a key',
      async () => `${key}?${(await sign(seconds() + 60)).split('?')[1]}`,
      'ingest.publish.bad_signature',
      'the signature does not fit: the name was changed, or another one was made valid since',
    ],
  ])('is refused when %s', async (_, name, code, description) => {
    const { status, codes } = await attempt(ingest, await name())
    expect(status).toMatchObject({ level: 'error', code: 'NetStream.Publish.BadName', description })
    expect(codes).toEqual([code])
  })

  it('is refused when the stream key was changed since', async () => {
    const { record } = await ingest.cluster.streams.create({ name: 'rotated', profile: 'source' })
    const name = await ingest.cluster.streams.signName({
      stream: record.name,
      expires: seconds() + 60,
      address: undefined,
    })
    await ingest.cluster.streams.rotateKey('rotated')
    expect((await attempt(ingest, name ?? '')).codes).toEqual(['ingest.publish.bad_signature'])
  })
})

describe('address lists', () => {
  let ingest: TestIngest

  beforeAll(async () => {
    ingest = await startTestIngest({ env: { SLUICE_PUBLISH_AUTH: 'key', SLUICE_RECONNECT_SECONDS: '0' } })
  })
  afterAll(() => ingest.stop())

  it.each([
    ['allow', { allow: ['127.0.0.0/8'] }, undefined],
    ['allow-elsewhere', { allow: ['192.0.2.0/24', '::/0'] }, 'ingest.publish.address_not_allowed'],
    ['deny', { deny: ['127.0.0.1'] }, 'ingest.publish.address_denied'],
    ['deny-elsewhere', { deny: ['192.0.2.0/24'] }, undefined],
    ['deny-first', { allow: ['127.0.0.1'], deny: ['::ffff:127.0.0.0/104'] }, 'ingest.publish.address_denied'],
  ])('%s', async (name, publishFrom, code) => {
    const { key } = await ingest.cluster.streams.create({ name, profile: 'source', publishFrom })
    const { status, codes, end } = await attempt(ingest, key)
    expect(codes).toEqual(code === undefined ? [] : [code])
    expect(status.code).toBe(code === undefined ? 'NetStream.Publish.Start' : 'NetStream.Publish.BadName')
    end()
  })

  it('say which of them is at fault', async () => {
    const publishFrom = { deny: ['127.0.0.1'] }
    const { key } = await ingest.cluster.streams.create({ name: 'told', profile: 'source', publishFrom })
    expect((await attempt(ingest, key)).status.description).toBe(
      'told may not be published from 127.0.0.1: its deny list has that address',
    )
    await ingest.cluster.streams.change('told', { publishFrom: { allow: ['192.0.2.1'], deny: [] } })
    expect((await attempt(ingest, key)).status.description).toBe(
      'told may not be published from 127.0.0.1: its allow list does not have that address',
    )
  })

  it('hold for signed names, and from the next publish on', async () => {
    await ingest.cluster.streams.create({ name: 'demo', profile: 'source' })
    const name = await ingest.cluster.streams.signName({
      stream: 'demo',
      expires: seconds() + 60,
      address: '127.0.0.1',
    })
    await ingest.cluster.streams.change('demo', { publishFrom: { allow: ['192.0.2.1'] } })
    expect((await attempt(ingest, name ?? '')).codes).toEqual(['ingest.publish.address_not_allowed'])
    await ingest.cluster.streams.change('demo', { publishFrom: { allow: [] } })
    expect((await attempt(ingest, name ?? '')).codes).toEqual([])
  })

  it('hold where publishing is open', async () => {
    const open = await startTestIngest()
    try {
      await open.cluster.streams.ensureOpen({ name: 'demo', profile: 'source' })
      await open.cluster.streams.change('demo', { publishFrom: { deny: ['127.0.0.1'] } })
      expect((await attempt(open, 'demo')).codes).toEqual(['ingest.publish.address_denied'])
      expect((await attempt(open, 'other?expires=1&sig=nothing')).codes).toEqual([])
    } finally {
      await open.stop()
    }
  })
})

describe('the webhook of an ingest', () => {
  let ingest: TestIngest
  let server: Server
  let answer: (response: ServerResponse) => void
  let asked: { readonly stream: string }[]

  beforeEach(async () => {
    asked = []
    server = createServer((request, response) => {
      void text(request).then((body) => {
        asked.push(JSON.parse(body))
        answer(response)
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    ingest = await startTestIngest({
      env: {
        SLUICE_PUBLISH_WEBHOOK_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
        SLUICE_PUBLISH_WEBHOOK_TIMEOUT_SECONDS: '1',
        SLUICE_LIMITS_REFUSED_PUBLISHES_PER_ADDRESS: '2',
        SLUICE_RECONNECT_SECONDS: '0',
      },
    })
  })
  afterEach(async () => {
    server.closeAllConnections()
    server.close()
    await ingest.stop()
  })

  it('lets a publish begin', async () => {
    answer = (response) => response.writeHead(204).end()
    const { status, codes } = await attempt(ingest, 'demo?token=x')
    expect(status).toMatchObject({ code: 'NetStream.Publish.Start' })
    expect(codes).toEqual([])
    expect(asked).toEqual([
      {
        event: 'publish',
        stream: 'demo',
        address: '127.0.0.1',
        client: 'test/1.0',
        app: 'live',
        query: 'token=x',
        time: expect.any(String),
      },
    ])
  })

  it('refuses one with its reason, and too many from one address', async () => {
    const early = await visitor(ingest)
    answer = (response) =>
      response.writeHead(402, { 'content-type': 'application/json' }).end('{"reason":"no money left"}')
    for (let i = 0; i < 2; i++) {
      const { status, codes } = await attempt(ingest, 'demo')
      expect(status).toMatchObject({ code: 'NetStream.Publish.BadName', description: 'no money left' })
      expect(codes).toEqual(['ingest.publish.webhook_refused'])
    }
    expect((await attempt(ingest, 'demo', early)).codes).toEqual(['ingest.address.too_many_refusals'])
    expect(asked).toHaveLength(2)
    // Whoever tries names fills nothing with them.
    expect(await ingest.cluster.streams.list()).toEqual([])
  })

  it('holds up nobody else while it thinks, and is asked once for a name', async () => {
    const held: ServerResponse[] = []
    answer = (response) => {
      if (asked.at(-1)?.stream === 'slow') held.push(response)
      else response.writeHead(204).end()
    }
    const slow = ingest.client()
    const status = slow.publishTo('slow')
    await waitFor(() => held.length === 1, { what: 'the question about the slow one' })
    expect((await attempt(ingest, 'quick')).codes).toEqual([])
    expect((await attempt(ingest, 'slow')).codes).toEqual(['ingest.publish.busy'])
    held[0]?.writeHead(200).end()
    expect(await status).toMatchObject({ code: 'NetStream.Publish.Start' })
    expect(asked.map(({ stream }) => stream)).toEqual(['slow', 'quick'])
  })

  it('that is slow or dead refuses without blame', async () => {
    answer = () => undefined
    const slow = await attempt(ingest, 'demo')
    expect(slow.codes).toEqual(['ingest.webhook.timeout', 'ingest.publish.webhook_failed'])
    expect(slow.status.description).toBe('the server cannot ask whether this may be published; try again')
    server.closeAllConnections()
    server.close()
    for (let i = 0; i < 3; i++)
      expect((await attempt(ingest, 'demo')).codes).toEqual([
        'ingest.webhook.unreachable',
        'ingest.publish.webhook_failed',
      ])
    expect(ingest.lines.find(({ code }) => code === 'ingest.webhook.timeout')).toMatchObject({
      stream: 'demo',
    })
  })

  it('leaves nothing behind when the publisher did not wait for it', async () => {
    const held: ServerResponse[] = []
    answer = (response) => held.push(response)
    const client = ingest.client()
    void client.publishTo('demo').catch(() => undefined)
    await waitFor(() => held.length === 1, { what: 'the question' })
    client.destroy()
    held[0]?.writeHead(200).end()
    answer = (response) => response.writeHead(200).end()
    await waitFor(async () => (await attempt(ingest, 'demo')).status.code === 'NetStream.Publish.Start', {
      what: 'the name to be free',
    })
  })
})

describe('an address that was refused too often', () => {
  let ingest: TestIngest

  beforeEach(async () => {
    ingest = await startTestIngest({
      env: { SLUICE_PUBLISH_AUTH: 'key', SLUICE_LIMITS_REFUSED_PUBLISHES_PER_ADDRESS: '3' },
    })
  })
  afterEach(() => ingest.stop())

  it('is not looked at for a while, even with the right key', async () => {
    const { key } = await ingest.cluster.streams.create({ name: 'demo', profile: 'source' })
    const early = await visitor(ingest)
    for (const wrong of ['a', 'demo?expires=1&sig=x', 'c'])
      expect((await attempt(ingest, wrong)).codes[0]).toMatch(/^ingest\.publish\./)
    const { status, codes } = await attempt(ingest, key, early)
    expect(codes).toEqual(['ingest.address.too_many_refusals'])
    expect(status).toMatchObject({
      code: 'NetStream.Publish.BadName',
      description: '3 publishes of this address were refused within a minute; try again later',
    })
  })

  it('is not one that met a busy stream or a server in trouble', async () => {
    const { key } = await ingest.cluster.streams.create({ name: 'demo', profile: 'source' })
    const first = ingest.client()
    await first.publishTo(key)
    for (let i = 0; i < 4; i++) expect((await attempt(ingest, key)).codes).toEqual(['ingest.publish.busy'])
    await ingest.redis.kill()
    for (let i = 0; i < 4; i++)
      expect((await attempt(ingest, key)).codes).toContain('ingest.publish.unavailable')
  })
})
