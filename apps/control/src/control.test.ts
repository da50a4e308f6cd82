import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Cluster,
  type Command,
  checkPlaybackToken,
  connectCluster,
  readPlaybackSecrets,
  readSignedName,
} from '@sluice/cluster'
import { epochMillis } from '@sluice/core'
import { BUILT_IN_PROFILES } from '@sluice/ladder'
import { loginSecrets } from '@sluice/rtmp'
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

  describe('playback tokens', () => {
    it('limit nothing while everybody may play', async () => {
      await call('POST', '/v1/streams', { body: { name: 'studio' } })
      const answer = await call('POST', '/v1/streams/studio/playback-token', { body: { expiresIn: 60 } })
      expect(answer).toMatchObject({ status: 409, body: { code: 'control.playback.open' } })
    })

    it('are signed with the first secret, for a stream or a part of it', async () => {
      await control.stop()
      const secrets = 'k2:a-secret-of-some-length,k1:an-older-secret-here'
      const settings = config({
        controlToken: TOKEN,
        playbackSecrets: secrets,
        originUrl: 'https://tv.example.org',
      })
      control = await start({ config: settings, redisUrl: redis.url, log })
      await call('POST', '/v1/streams', { body: { name: 'studio' } })
      const path = '/v1/streams/studio/playback-token'
      const { status, body } = await call('POST', path, { body: { expiresIn: 60, address: '192.0.2.1' } })
      expect(status).toBe(200)
      const seconds = Date.parse(body.expiresAt) / 1000 - 1
      const bearer = { path: 'studio/index.m3u8', address: '192.0.2.1', seconds }
      expect(checkPlaybackToken(body.token, [readPlaybackSecrets(secrets)[0]], bearer).type).toBe('granted')
      expect(body).toMatchObject({
        hls: `https://tv.example.org/live/~${body.token}/studio/index.m3u8`,
        dash: `https://tv.example.org/live/~${body.token}/studio/manifest.mpd`,
        watch: `https://tv.example.org/watch/studio?token=${body.token}`,
      })
      const part = await call('POST', path, { body: { expiresIn: 60, path: '360p' } })
      expect(part.body.token.split('.')[2]).toBe(Buffer.from('studio/360p').toString('base64url'))
      for (const wrong of [
        { expiresIn: 0 },
        { expiresIn: 60, address: 'x' },
        { expiresIn: 60, path: '../other' },
        {},
      ])
        expect((await call('POST', path, { body: wrong })).status).toBe(400)
      const none = await call('POST', '/v1/streams/none/playback-token', { body: { expiresIn: 60 } })
      expect(none).toMatchObject({ status: 404, body: { code: 'control.stream.unknown' } })
    })
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
          publishFrom: { allow: [], deny: [] },
          windowSeconds: 60,
          state: 'idle',
          addresses: {
            publish: { rtmp: 'rtmp://127.0.0.1/live' },
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
        remoteAddress: '192.0.2.1',
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
        notes: ['the rungs look wrong'],
        failure: { code: 'store.fs.full', message: 'the disk is full', at: epochMillis(1_700_000_000_000) },
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
          notes: ['the rungs look wrong'],
          failure: { code: 'store.fs.full', message: 'the disk is full', at: '2023-11-14T22:13:20.000Z' },
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
        remoteAddress: '192.0.2.1',
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

  describe('how far back viewers may seek', () => {
    it('is decided when a stream is made, and changed', async () => {
      const made = await call('POST', '/v1/streams', { body: { name: 'demo', windowSeconds: 3600 } })
      expect(made).toMatchObject({ status: 201, body: { stream: { windowSeconds: 3600 } } })
      const change = (body: unknown) => call('PATCH', '/v1/streams/demo', { body })
      expect(await change({ windowSeconds: 14_400 })).toMatchObject({
        status: 200,
        body: { windowSeconds: 14_400, publishFrom: { allow: [], deny: [] } },
      })
      expect((await change({})).body.windowSeconds).toBe(14_400)
      expect((await change({ windowSeconds: 0 })).body.windowSeconds).toBe(60)
    })

    it.each([5, -1, 21_601, 'an hour'])('refuses %j', async (windowSeconds) => {
      await call('POST', '/v1/streams', { body: { name: 'demo' } })
      const answer = await call('PATCH', '/v1/streams/demo', { body: { windowSeconds } })
      expect(answer).toMatchObject({ status: 400, body: { field: 'windowSeconds' } })
      expect(answer.body.detail).toContain('from 6 to 21600')
    })
  })

  describe('from where a stream is published', () => {
    const publishFrom = { allow: ['192.0.2.0/24', '2001:db8::/32'], deny: ['192.0.2.1'] }

    it('is decided when it is made, and changed list by list', async () => {
      const made = await call('POST', '/v1/streams', { body: { name: 'demo', publishFrom } })
      expect(made).toMatchObject({ status: 201, body: { stream: { publishFrom } } })
      const change = (body: unknown) => call('PATCH', '/v1/streams/demo', { body })
      expect(await change({ publishFrom: { deny: [] } })).toMatchObject({
        status: 200,
        body: { name: 'demo', publishFrom: { allow: publishFrom.allow, deny: [] } },
      })
      expect((await change({ publishFrom: { allow: [], deny: ['::1'] } })).body.publishFrom).toEqual({
        allow: [],
        deny: ['::1'],
      })
      expect((await call('GET', '/v1/streams/demo')).body.publishFrom).toEqual({ allow: [], deny: ['::1'] })
      expect(await call('PATCH', '/v1/streams/none', { body: { publishFrom: {} } })).toMatchObject({
        status: 404,
        body: { code: 'control.stream.unknown' },
      })
    })

    it.each([
      [
        { publishFrom: { allow: ['192.0.2.0/33'] } },
        'publishFrom.allow',
        '"192.0.2.0/33" is no address; use one such as',
      ],
      [{ publishFrom: { deny: ['example.org'] } }, 'publishFrom.deny', '"example.org" is no address'],
      [{ publishFrom: { deny: ['\n'] } }, 'publishFrom.deny', '"\\n" is no address'],
      [
        { publishFrom: { allow: '192.0.2.1' } },
        'publishFrom.allow',
        'allowed: up to 100 addresses that may publish',
      ],
      [
        { publishFrom: { allow: [7] } },
        'publishFrom.allow.0',
        'allowed: an address or a range in CIDR notation',
      ],
      [
        { publishFrom: { allow: Array.from({ length: 101 }, (_, i) => `192.0.2.${i}`) } },
        'publishFrom.allow',
        'allowed: up to 100 addresses',
      ],
      [{ publishFrom: { permit: [] } }, 'publishFrom.permit', 'there is no such field'],
      [{ publishFrom: [] }, 'publishFrom', 'allowed: From where'],
    ])('refuses %j', async (request, field, detail) => {
      await call('POST', '/v1/streams', { body: { name: 'demo' } })
      for (const answer of [
        await call('PATCH', '/v1/streams/demo', { body: request }),
        await call('POST', '/v1/streams', { body: { name: 'other', ...request } }),
      ]) {
        expect(answer).toMatchObject({ status: 400, body: { field } })
        expect(answer.body.detail).toContain(detail)
      }
      expect((await call('GET', '/v1/streams')).body.streams).toMatchObject([
        { name: 'demo', publishFrom: { allow: [], deny: [] } },
      ])
    })

    it('sends away who publishes from elsewhere, and nobody else', async () => {
      const commands: Command[] = []
      await cluster.commands.listen((command) => commands.push(command))
      await call('POST', '/v1/streams', { body: { name: 'demo' } })
      const startedAt = epochMillis(1_700_000_000_000)
      const change = (lists: unknown) => call('PATCH', '/v1/streams/demo', { body: { publishFrom: lists } })
      await change({ deny: ['192.0.2.1'] })
      await cluster.live.writeSession('demo', {
        session: 's1',
        remoteAddress: '::ffff:192.0.2.1',
        startedAt,
        warnings: [],
      })
      await change({ deny: ['192.0.2.2'] })
      await change({ allow: ['198.51.100.0/24'] })
      const reason = 'demo may not be published from ::ffff:192.0.2.1 any more'
      await vi.waitFor(() => expect(commands).toEqual([{ type: 'disconnect', stream: 'demo', reason }]))
    })
  })

  describe('a publish name that expires', () => {
    const sign = (body: unknown, name = 'demo') => call('POST', `/v1/streams/${name}/publish-url`, { body })
    const owner = async (name: string, address: string): Promise<string> => {
      const [stream = '', query = ''] = name.split('?')
      const signed = readSignedName(stream, query)
      if (signed === undefined) throw new Error(`${name} is not signed`)
      const found = await cluster.streams.findBySignedName(signed, address)
      return found.type === 'found' ? found.record.name : found.fault
    }

    beforeEach(async () => {
      await call('POST', '/v1/streams', { body: { name: 'demo' } })
    })

    it('is made with the addresses to use', async () => {
      const before = Math.floor(Date.now() / 1000)
      const { status, body } = await sign({ expiresIn: 3600 })
      expect(status).toBe(200)
      expect(body).toEqual({
        publish: { rtmp: 'rtmp://127.0.0.1/live' },
        streamName: expect.stringMatching(/^demo\?expires=\d{10}&sig=[\w-]{43}$/),
        urls: { rtmp: `rtmp://127.0.0.1/live/${body.streamName}` },
        expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
      })
      const lasts = new Date(body.expiresAt).getTime() / 1000 - before
      expect(lasts).toBeGreaterThanOrEqual(3600)
      expect(lasts).toBeLessThan(3660)
      expect(await owner(body.streamName, '192.0.2.1')).toBe('demo')
    })

    it('has an address for each transport that is on', async () => {
      await control.stop()
      const all = config({
        controlToken: TOKEN,
        rtmpPort: 1936,
        rtmpsPort: 443,
        rtmptPort: 80,
        rtmptsPort: 8443,
      })
      control = await start({ config: all, redisUrl: redis.url, log })
      const { body } = await sign({ expiresIn: 3600 })
      expect(body.publish).toEqual({
        rtmp: 'rtmp://127.0.0.1:1936/live',
        rtmps: 'rtmps://127.0.0.1/live',
        rtmpt: 'rtmpt://127.0.0.1/live',
        rtmpts: 'rtmpts://127.0.0.1:8443/live',
      })
      expect(body.urls.rtmpts).toBe(`rtmpts://127.0.0.1:8443/live/${body.streamName}`)
      expect(Object.keys(body.urls)).toEqual(['rtmp', 'rtmps', 'rtmpt', 'rtmpts'])
      expect((await call('GET', '/v1/streams/demo')).body.addresses.publish).toEqual(body.publish)
    })

    it('may be for one address', async () => {
      const { body } = await sign({ expiresIn: 60, address: '2001:DB8::0:1' })
      expect(body.streamName).toContain('&address=2001:db8::1&')
      expect(await owner(body.streamName, '2001:db8::1')).toBe('demo')
      expect(await owner(body.streamName, '192.0.2.1')).toBe('wrong-address')
    })

    it('is worth nothing when the key was changed', async () => {
      const { body } = await sign({ expiresIn: 60 })
      await call('POST', '/v1/streams/demo/key')
      expect(await owner(body.streamName, '192.0.2.1')).toBe('forged')
    })

    it.each([
      [{}, 'expiresIn', 'expiresIn: this field is needed'],
      [
        { expiresIn: 0 },
        'expiresIn',
        'expiresIn: 0 is not allowed; allowed: a whole number of seconds from 1',
      ],
      [{ expiresIn: 1.5 }, 'expiresIn', 'expiresIn: 1.5 is not allowed'],
      [{ expiresIn: '60' }, 'expiresIn', 'expiresIn: "60" is not allowed'],
      [{ expiresIn: 40_000_000 }, 'expiresIn', 'expiresIn: 40000000 is not allowed'],
      [
        { expiresIn: 60, address: '192.0.2.0/24' },
        'address',
        'address: "192.0.2.0/24" is not allowed; allowed: an IPv4 or IPv6 address',
      ],
      [{ expiresIn: 60, adress: '192.0.2.1' }, 'adress', 'adress: there is no such field'],
    ])('is not made of %j', async (body, field, detail) => {
      expect(await sign(body)).toMatchObject({
        status: 400,
        body: { code: 'control.request.invalid', field, detail: expect.stringContaining(detail) },
      })
    })

    it('is not made for a stream that is not there', async () => {
      expect(await sign({ expiresIn: 60 }, 'none')).toMatchObject({
        status: 404,
        body: { code: 'control.stream.unknown' },
      })
    })

    it('is not made where any name may be published', async () => {
      await control.stop()
      const open = config({ controlToken: TOKEN, publishAuth: 'open' })
      control = await start({ config: open, redisUrl: redis.url, log })
      expect(await sign({ expiresIn: 60 })).toMatchObject({
        status: 409,
        body: { code: 'control.publish.open' },
      })
    })
  })

  describe('the user and password of a stream', () => {
    const set = (body: unknown, name = 'demo') => call('PUT', `/v1/streams/${name}/publisher`, { body })

    beforeEach(async () => {
      await call('POST', '/v1/streams', { body: { name: 'demo' } })
    })

    it('are set, told once, and shown without the password', async () => {
      const { status, body } = await set({ user: 'alice', password: 'correct-horse' })
      expect(status).toBe(200)
      expect(body).toMatchObject({ user: 'alice', password: 'correct-horse' })
      expect(body.stream).toMatchObject({
        hasKey: true,
        publisher: { user: 'alice' },
        addresses: { publish: { rtmp: 'rtmp://127.0.0.1/live' }, login: { rtmp: 'rtmp://127.0.0.1/login' } },
      })
      const read = await call('GET', '/v1/streams/demo')
      expect(read.body).toEqual(body.stream)
      expect(JSON.stringify(read.body)).not.toContain('correct-horse')
      const kept = await cluster.logins.find('alice')
      expect(kept?.secrets).toEqual(loginSecrets('alice', 'correct-horse', kept?.secrets.salt ?? ''))
      expect(kept?.secrets.salt).toMatch(/^[\w-]{12}$/)
    })

    it('are made where they are not given', async () => {
      const { body } = await set({})
      expect(body).toMatchObject({ user: 'demo', password: expect.stringMatching(/^[a-z2-7]{32}$/) })
      expect((await set({})).body.password).not.toBe(body.password)
    })

    it('are replaced and removed, and the ingests are told', async () => {
      const commands: Command[] = []
      await cluster.commands.listen((command) => commands.push(command))
      await set({ user: 'alice' })
      await set({ user: 'bob' })
      expect(await cluster.logins.find('alice')).toBeUndefined()
      expect((await call('DELETE', '/v1/streams/demo/publisher')).status).toBe(204)
      expect((await call('DELETE', '/v1/streams/demo/publisher')).status).toBe(204)
      const changed = { type: 'login-changed', stream: 'demo' }
      await vi.waitFor(() => expect(commands).toEqual([changed, changed, changed]))
      const { body } = await call('GET', '/v1/streams/demo')
      expect(body.publisher).toBeUndefined()
      expect(body.addresses.login).toBeUndefined()
    })

    it('are those of one stream', async () => {
      await set({ user: 'alice' })
      await call('POST', '/v1/streams', { body: { name: 'other' } })
      expect(await set({ user: 'alice' }, 'other')).toMatchObject({
        status: 409,
        body: { code: 'cluster.login.user_taken', field: 'user' },
      })
      for (const answer of [await set({}, 'none'), await call('DELETE', '/v1/streams/none/publisher')])
        expect(answer).toMatchObject({ status: 404, body: { code: 'control.stream.unknown' } })
    })

    it.each([
      [{ user: 'a b' }, 'user', 'user: "a b" is not allowed; allowed: 1 to 49 letters'],
      [{ user: '' }, 'user', 'user: "" is not allowed'],
      [{ user: 'a'.repeat(50) }, 'user', 'is not allowed'],
      [
        { password: 'secret' },
        'password',
        'password: the value is not allowed; allowed: 8 to 49 printable characters of ASCII, no space',
      ],
      [{ password: 'with a space' }, 'password', 'password: the value is not allowed'],
      [{ password: 'p'.repeat(50) }, 'password', 'password: the value is not allowed'],
      [{ pass: 'x' }, 'pass', 'pass: there is no such field'],
    ])('are not %j', async (body, field, detail) => {
      const answer = await set(body)
      expect(answer).toMatchObject({ status: 400, body: { code: 'control.request.invalid', field } })
      expect(answer.body.detail).toContain(detail)
    })
  })

  it('lists workers', async () => {
    const worker = {
      id: 'w1',
      host: 'worker-1',
      startedAt: epochMillis(1_700_000_000_000),
      ffmpegVersion: '7.1.5',
      encoders: ['libx264'],
      videoEncoder: 'libx264',
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
