import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Cluster, type Command, connectCluster } from '@sluice/cluster'
import { epochMillis } from '@sluice/core'
import { BUILT_IN_PROFILES } from '@sluice/ladder'
import { type Config, createLogger, loadConfig } from '@sluice/runtime'
import { startTestRedis, type TestRedis } from '@sluice/testkit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Control, start } from './start.ts'

const log = createLogger({ log: { level: 'silent', format: 'json' } }, 'control')
const TOKEN = 'an-operator-token'

interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any
}

describe('the operator API', () => {
  let redis: TestRedis
  let cluster: Cluster
  let control: Control
  let dataDir: string

  const config = (flags: Record<string, string | number> = {}): Config =>
    loadConfig({ flags: { bind: '127.0.0.1', controlPort: 0, dataDir, ...flags } })

  const call = async (
    method: string,
    path: string,
    options: { body?: unknown; token?: string } = {},
  ): Promise<Answer> => {
    const response = await fetch(`http://127.0.0.1:${control.port}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${options.token ?? TOKEN}`,
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    })
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      body: response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text,
    }
  }

  beforeAll(async () => {
    redis = await startTestRedis()
  })
  afterAll(() => redis.stop())
  beforeEach(async () => {
    await redis.flush()
    dataDir = await mkdtemp(join(tmpdir(), 'sluice-control-'))
    cluster = await connectCluster({ url: redis.url, log })
    control = await start({ config: config({ controlToken: TOKEN }), redisUrl: redis.url, log })
  })
  afterEach(async () => {
    await control.stop()
    await cluster.stop()
    await rm(dataDir, { recursive: true, force: true })
  })

  describe('tokens', () => {
    it('are asked for, and told apart', async () => {
      const without = await fetch(`http://127.0.0.1:${control.port}/v1/streams`)
      expect(without.status).toBe(401)
      expect(without.headers.get('www-authenticate')).toContain('Bearer')
      expect(without.headers.get('content-type')).toContain('application/problem+json')
      const wrong = await call('GET', '/v1/streams', { token: 'wrong' })
      expect(wrong).toMatchObject({ status: 401, body: { code: 'control.token.refused', status: 401 } })
      expect((await call('GET', '/v1/streams')).status).toBe(200)
    })

    it('are made when none is configured, told once and kept', async () => {
      await control.stop()
      control = await start({ config: config(), redisUrl: redis.url, log })
      const token = control.newToken ?? ''
      const file = join(dataDir, 'control-token')
      expect((await readFile(file, 'utf8')).trim()).toBe(token)
      expect((await stat(file)).mode & 0o777).toBe(0o600)
      expect((await call('GET', '/v1/streams', { token })).status).toBe(200)
      expect((await call('GET', '/v1/streams')).status).toBe(401)
      await control.stop()
      await redis.flush()
      control = await start({ config: config(), redisUrl: redis.url, log })
      expect(control.newToken).toBeUndefined()
      expect((await call('GET', '/v1/streams', { token })).status).toBe(200)
    })
  })

  describe('streams', () => {
    it('are made with a key and the addresses to use', async () => {
      const { status, headers, body } = await call('POST', '/v1/streams', { body: { name: 'demo' } })
      expect(status).toBe(201)
      expect(headers.get('location')).toBe('/v1/streams/demo')
      expect(body).toEqual({
        key: expect.stringMatching(/^[a-z2-7]{32}$/),
        stream: {
          name: 'demo',
          profile: 'default',
          createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
          hasKey: true,
          state: 'idle',
          addresses: {
            publish: 'rtmp://127.0.0.1/live',
            hls: 'http://127.0.0.1:8080/live/demo/index.m3u8',
            dash: 'http://127.0.0.1:8080/live/demo/manifest.mpd',
            watch: 'http://127.0.0.1:8080/watch/demo',
          },
        },
      })
      expect((await cluster.streams.findByKey(body.key))?.name).toBe('demo')
      const read = await call('GET', '/v1/streams/demo')
      expect(read).toMatchObject({ status: 200, body: body.stream })
      expect(JSON.stringify(read.body)).not.toContain(body.key)
    })

    it('exist once', async () => {
      await call('POST', '/v1/streams', { body: { name: 'demo' } })
      expect(await call('POST', '/v1/streams', { body: { name: 'demo' } })).toMatchObject({
        status: 409,
        body: { code: 'cluster.stream.exists', field: 'name', title: 'Not possible now' },
      })
    })

    it.each([
      [
        { name: 'Demo' },
        'name',
        'name: "Demo" is not allowed; allowed: 1 to 63 lower-case letters, digits, _ and -, beginning with a letter or digit',
      ],
      [{ name: 7 }, 'name', 'name: 7 is not allowed; allowed: 1 to 63'],
      [{}, 'name', 'name: this field is needed'],
      [
        { name: 'a', profile: 'hd' },
        'profile',
        'profile: "hd" is not allowed; allowed: default, source, none',
      ],
      [{ name: 'a', colour: 'red' }, 'colour', 'colour: there is no such field'],
      [[], 'body', 'body: [] is not allowed'],
    ])('refuse %j', async (request, field, detail) => {
      const { status, headers, body } = await call('POST', '/v1/streams', { body: request })
      expect(status).toBe(400)
      expect(headers.get('content-type')).toContain('application/problem+json')
      expect(body).toMatchObject({ status: 400, code: 'control.request.invalid', field })
      expect(body.detail).toContain(detail)
    })

    it('refuse a body that is not JSON', async () => {
      const response = await fetch(`http://127.0.0.1:${control.port}/v1/streams`, {
        method: 'POST',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
        body: '{',
      })
      expect(response.status).toBe(400)
      expect(response.headers.get('content-type')).toContain('application/problem+json')
    })

    it('show what is on air', async () => {
      await call('POST', '/v1/streams', { body: { name: 'demo', profile: 'source' } })
      await call('POST', '/v1/streams', { body: { name: 'another' } })
      const startedAt = epochMillis(1_700_000_000_000)
      const profile = BUILT_IN_PROFILES.source
      const { id } = await cluster.broadcasts.create({ stream: 'demo', startedAt, profile })
      expect((await call('GET', '/v1/streams/demo')).body.state).toBe('waiting')
      await cluster.live.writeSession('demo', {
        session: 's1',
        broadcast: id,
        remoteAddress: '192.0.2.1:5000',
        encoder: 'obs',
        startedAt,
        bitrate: 6_000_000,
        video: {
          codec: 'h264',
          codecString: 'avc1.640028',
          width: 1920,
          height: 1080,
          frameRate: 30,
          keyframeInterval: 2,
        },
        audio: { codec: 'aac', codecString: 'mp4a.40.2', sampleRate: 48_000, channels: 2 },
        warnings: ['keyframes are rare'],
      })
      await cluster.live.writeBroadcast(id, {
        worker: 'w1',
        epoch: 1,
        rungs: [
          { id: 'source', state: 'running', width: 1920, height: 1080 },
          { id: '720p', state: 'failed', reason: 'no encoder' },
        ],
      })
      const { body } = await call('GET', '/v1/streams')
      expect(body.streams.map((stream: { name: string }) => stream.name)).toEqual(['another', 'demo'])
      expect(body.streams[1]).toMatchObject({
        state: 'live',
        session: {
          session: 's1',
          encoder: 'obs',
          startedAt: '2023-11-14T22:13:20.000Z',
          video: { codec: 'h264', width: 1920, height: 1080, frameRate: 30, keyframeInterval: 2 },
          audio: { codec: 'aac', sampleRate: 48_000 },
          warnings: ['keyframes are rare'],
        },
        broadcast: {
          id,
          worker: 'w1',
          rungs: [
            { id: 'source', state: 'running', width: 1920 },
            { id: '720p', state: 'failed', reason: 'no encoder' },
          ],
        },
      })
    })

    it('are deleted, and the ingests are told', async () => {
      const commands: Command[] = []
      await cluster.commands.listen((command) => commands.push(command))
      await call('POST', '/v1/streams', { body: { name: 'demo' } })
      expect((await call('DELETE', '/v1/streams/demo')).status).toBe(204)
      await vi.waitFor(() => expect(commands).toEqual([{ type: 'stream-removed', stream: 'demo' }]))
      expect(await call('DELETE', '/v1/streams/demo')).toMatchObject({
        status: 404,
        body: { code: 'control.stream.unknown' },
      })
    })

    it('take a broadcast with them that no ingest is there to end', async () => {
      await call('POST', '/v1/streams', { body: { name: 'demo' } })
      const startedAt = epochMillis(1_700_000_000_000)
      const profile = BUILT_IN_PROFILES.source
      const { id } = await cluster.broadcasts.create({ stream: 'demo', startedAt, profile })
      await call('DELETE', '/v1/streams/demo')
      expect((await cluster.broadcasts.get(id))?.endedAt).toBeDefined()
    })

    it('change their key', async () => {
      const commands: Command[] = []
      await cluster.commands.listen((command) => commands.push(command))
      const made = await call('POST', '/v1/streams', { body: { name: 'demo' } })
      const changed = await call('POST', '/v1/streams/demo/key')
      expect(changed.status).toBe(200)
      expect(changed.body.key).not.toBe(made.body.key)
      expect(await cluster.streams.findByKey(made.body.key)).toBeUndefined()
      await vi.waitFor(() => expect(commands).toEqual([{ type: 'key-rotated', stream: 'demo' }]))
      expect((await call('POST', '/v1/streams/none/key')).status).toBe(404)
    })

    it('have their publisher disconnected', async () => {
      const commands: Command[] = []
      await cluster.commands.listen((command) => commands.push(command))
      await call('POST', '/v1/streams', { body: { name: 'demo' } })
      expect((await call('DELETE', '/v1/streams/none/session')).status).toBe(404)
      expect(await call('DELETE', '/v1/streams/demo/session')).toMatchObject({
        status: 409,
        body: { code: 'control.session.none' },
      })
      await cluster.live.writeSession('demo', {
        session: 's1',
        remoteAddress: '192.0.2.1:5000',
        startedAt: epochMillis(1_700_000_000_000),
        warnings: [],
      })
      expect((await call('DELETE', '/v1/streams/demo/session')).status).toBe(202)
      await vi.waitFor(() =>
        expect(commands).toEqual([
          { type: 'disconnect', stream: 'demo', reason: 'disconnected by the operator' },
        ]),
      )
    })
  })

  it('lists workers', async () => {
    const worker = {
      id: 'w1',
      host: 'worker-1',
      startedAt: epochMillis(1_700_000_000_000),
      ffmpegVersion: '7.1.5',
      encoders: ['libx264'],
      capacity: 8,
      running: 1,
    }
    await cluster.workers.announce(worker)
    expect((await call('GET', '/v1/workers')).body).toEqual({
      workers: [{ ...worker, startedAt: '2023-11-14T22:13:20.000Z', seenAt: expect.any(String) }],
      waiting: 0,
    })
  })

  it('answers probes without a token', async () => {
    expect((await call('GET', '/healthz', { token: '' })).body).toEqual({ status: 'ok' })
    expect(await call('GET', '/readyz', { token: '' })).toMatchObject({
      status: 200,
      body: { status: 'degraded', reasons: [expect.stringContaining('no worker')] },
    })
  })

  it('describes itself', async () => {
    const { body } = await call('GET', '/openapi.json', { token: '' })
    expect(body.openapi).toBe('3.1.0')
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining(['/v1/streams', '/v1/streams/{name}', '/v1/workers', '/readyz']),
    )
    expect((await call('GET', '/docs/', { token: '' })).status).toBe(200)
  })

  it('answers unknown addresses with a problem', async () => {
    expect(await call('GET', '/nothing')).toMatchObject({
      status: 404,
      body: { code: 'control.route.unknown' },
    })
  })

  it('says so when its port is taken', async () => {
    const options = { config: config({ controlPort: control.port }), redisUrl: redis.url, log }
    await expect(start(options)).rejects.toMatchObject({
      code: 'control.port.unusable',
      message: expect.stringContaining('SLUICE_CONTROL_PORT'),
    })
  })

  it('is not ready while Redis is away, and is again when it is back', async () => {
    await redis.kill()
    expect(await call('GET', '/readyz')).toMatchObject({ status: 503, body: { status: 'unavailable' } })
    expect(await call('GET', '/v1/streams')).toMatchObject({
      status: 503,
      body: { code: 'cluster.redis.unreachable' },
    })
    expect((await call('GET', '/healthz')).status).toBe(200)
    await redis.start()
    await vi.waitFor(async () => expect((await call('GET', '/v1/streams')).status).toBe(200), {
      timeout: 5000,
    })
  })
})
