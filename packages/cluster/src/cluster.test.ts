import { type EpochMillis, epochMillis, millis } from '@sluice/core'
import { BUILT_IN_PROFILES } from '@sluice/ladder'
import { startTestRedis, type TestRedis, waitFor } from '@sluice/testkit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Cluster, connectCluster } from './cluster.ts'
import { recordingLog } from './redis/recording-log.fixture.ts'
import type { Command } from './state/commands.ts'

const log = recordingLog()
const profile = BUILT_IN_PROFILES.default

describe('records in Redis', () => {
  let redis: TestRedis
  let cluster: Cluster
  let now: EpochMillis

  beforeAll(async () => {
    redis = await startTestRedis()
  })
  afterAll(() => redis.stop())
  beforeEach(async () => {
    await redis.flush()
    now = epochMillis(1_700_000_000_000)
    cluster = await connectCluster({ url: redis.url, log, now: () => now })
  })
  afterEach(() => cluster.stop())

  describe('streams', () => {
    it('are made with a key that finds them and is not stored', async () => {
      const { record, key } = await cluster.streams.create({ name: 'demo', profile: 'default' })
      expect(record).toEqual({
        name: 'demo',
        profile: 'default',
        createdAt: now,
        hasKey: true,
        publishFrom: { allow: [], deny: [] },
      })
      expect(key).toMatch(/^[a-z2-7]{32}$/)
      expect(await cluster.streams.findByKey(key)).toEqual(record)
      expect(await cluster.streams.findByKey('demo')).toBeUndefined()
      expect(await cluster.streams.get('demo')).toEqual(record)
    })

    it('exist once, also when made at the same moment', async () => {
      const attempts = Array.from({ length: 5 }, () =>
        cluster.streams.create({ name: 'demo', profile: 'default' }),
      )
      const outcomes = await Promise.allSettled(attempts)
      expect(outcomes.filter((each) => each.status === 'fulfilled')).toHaveLength(1)
      await expect(cluster.streams.create({ name: 'demo', profile: 'source' })).rejects.toMatchObject({
        name: 'UnsupportedError',
        code: 'cluster.stream.exists',
      })
      expect(await cluster.streams.list()).toHaveLength(1)
    })

    it('are listed by name', async () => {
      for (const name of ['c', 'a', 'b']) await cluster.streams.create({ name, profile: 'default' })
      expect((await cluster.streams.list()).map(({ name }) => name)).toEqual(['a', 'b', 'c'])
    })

    it('are forgotten with their key', async () => {
      const { key } = await cluster.streams.create({ name: 'demo', profile: 'default' })
      expect(await cluster.streams.remove('demo')).toBe(true)
      expect(await cluster.streams.remove('demo')).toBe(false)
      expect(await cluster.streams.findByKey(key)).toBeUndefined()
      expect(await cluster.streams.get('demo')).toBeUndefined()
    })

    it('change their key, and the old one is worth nothing', async () => {
      const first = await cluster.streams.create({ name: 'demo', profile: 'default' })
      const second = await cluster.streams.rotateKey('demo')
      expect(second?.key).not.toBe(first.key)
      expect(await cluster.streams.findByKey(first.key)).toBeUndefined()
      expect(await cluster.streams.findByKey(second?.key ?? '')).toEqual(first.record)
      expect(await cluster.streams.rotateKey('other')).toBeUndefined()
    })

    it('come into being by an open publish, without a key', async () => {
      const made = await cluster.streams.ensureOpen({ name: 'demo', profile: 'source' })
      expect(made).toMatchObject({ name: 'demo', profile: 'source', hasKey: false })
      expect(await cluster.streams.ensureOpen({ name: 'demo', profile: 'default' })).toEqual(made)
      expect((await cluster.streams.rotateKey('demo'))?.record.hasKey).toBe(true)
    })

    it.each(['', 'Demo', '-a', '_a', 'a/b', 'a b', 'ü', 'a'.repeat(64), '../etc', 'a\n'])(
      'refuse the name %j',
      async (name) => {
        await expect(cluster.streams.create({ name, profile: 'default' })).rejects.toMatchObject({
          name: 'ProtocolError',
          code: 'cluster.stream.bad_name',
          message: expect.stringContaining('lower-case'),
        })
      },
    )
  })

  describe('leases', () => {
    it('are held by one session at a time', async () => {
      const answers = await Promise.all(
        ['a', 'b', 'c'].map((session) => cluster.leases.acquire('demo', session, 5000)),
      )
      expect(answers.filter(({ acquired }) => acquired)).toHaveLength(1)
      expect(await cluster.leases.acquire('demo', 'a', 5000)).toEqual({ acquired: true })
      expect(await cluster.leases.acquire('demo', 'b', 5000)).toEqual({ acquired: false, holder: 'a' })
      expect(await cluster.leases.acquire('other', 'b', 5000)).toEqual({ acquired: true })
    })

    it('are released by their holder alone', async () => {
      await cluster.leases.acquire('demo', 'a', 5000)
      await cluster.leases.release('demo', 'b')
      expect(await cluster.leases.acquire('demo', 'b', 5000)).toMatchObject({ acquired: false })
      await cluster.leases.release('demo', 'a')
      expect(await cluster.leases.acquire('demo', 'b', 5000)).toEqual({ acquired: true })
    })

    it('run out', async () => {
      await cluster.leases.acquire('demo', 'a', 20)
      await vi.waitFor(async () =>
        expect(await cluster.leases.acquire('demo', 'b', 5000)).toEqual({ acquired: true }),
      )
    })
  })

  describe('broadcasts', () => {
    const create = (stream = 'demo') => cluster.broadcasts.create({ stream, startedAt: now, profile })

    it('are current from their start until they are removed', async () => {
      const { id, replaced } = await create()
      expect(replaced).toBeUndefined()
      expect(id).toMatch(/^[0-9a-z]{11}$/)
      expect(await cluster.broadcasts.current('demo')).toEqual({
        id,
        stream: 'demo',
        startedAt: now,
        endedAt: undefined,
        epoch: 0,
        profile,
      })
      expect(await cluster.broadcasts.end(id, epochMillis(now + 5), 1000)).toBe(true)
      expect(await cluster.broadcasts.end(id, epochMillis(now + 9), 1000)).toBe(false)
      expect(await cluster.broadcasts.current('demo')).toMatchObject({ id, endedAt: now + 5 })
      await cluster.broadcasts.remove(id)
      expect(await cluster.broadcasts.current('demo')).toBeUndefined()
    })

    it('go from one ingest to another, once and in order', async () => {
      const { handovers } = cluster
      const { id } = await create()
      const position = { startedAt: now, segment: 7, latest: millis(12_345) }
      const [here, elsewhere] = [
        { url: 'http://a/feed/x', token: 'a' },
        { url: 'http://b/feed/x', token: 'b' },
      ]
      expect(await handovers.departureOf('demo')).toBeUndefined()
      expect(await handovers.take(id, here)).toBe(false)
      await handovers.announce(id)
      expect(await handovers.departureOf('demo')).toEqual({ broadcast: id, position: undefined })
      expect(await handovers.take(id, here)).toBe(false)
      await handovers.leave(id, position, millis(60_000))
      expect(await handovers.departureOf('demo')).toEqual({ broadcast: id, position })
      expect(await handovers.whereabouts(id)).toEqual({ isLeft: true, feed: undefined })
      // Again, as after an answer that was lost.
      expect([await handovers.take(id, here), await handovers.take(id, here)]).toEqual([true, true])
      expect(await handovers.take(id, elsewhere)).toBe(false)
      expect(await handovers.whereabouts(id)).toEqual({ isLeft: false, feed: here })
      expect(await handovers.departureOf('demo')).toBeUndefined()
      // And on to the next one.
      await handovers.announce(id)
      await handovers.leave(id, position, millis(60_000))
      expect(await handovers.take(id, elsewhere)).toBe(true)
    })

    it('wait only so long for somebody who goes on with them', async () => {
      const { handovers } = cluster
      const { id } = await create()
      await handovers.announce(id)
      await handovers.leave(id, { startedAt: now, segment: 7, latest: millis(1) }, millis(1))
      await waitFor(async () => !(await handovers.whereabouts(id)).isLeft, { what: 'the end of it' })
      expect(await handovers.departureOf('demo')).toEqual({ broadcast: id, position: undefined })
      expect(await handovers.take(id, { url: 'http://a', token: 'a' })).toBe(false)
    })

    it('that have ended go nowhere', async () => {
      const { handovers } = cluster
      const { id } = await create()
      await handovers.announce(id)
      await handovers.leave(id, { startedAt: now, segment: 7, latest: millis(1) }, millis(60_000))
      await cluster.broadcasts.end(id, now, 1000)
      expect(await handovers.departureOf('demo')).toBeUndefined()
      expect(await handovers.take(id, { url: 'http://a', token: 'a' })).toBe(false)
      await handovers.announce('unknown')
      expect(await cluster.broadcasts.get('unknown')).toBeUndefined()
    })

    it('sort by start', async () => {
      const first = await create()
      now = epochMillis(now + 1)
      expect((await create('other')).id > first.id).toBe(true)
    })

    it('replace one that never ended, and say so', async () => {
      const first = await create()
      const second = await create()
      expect(second.replaced).toBe(first.id)
      expect((await cluster.broadcasts.get(first.id))?.endedAt).toBe(now)
      await cluster.broadcasts.end(second.id, now, 1000)
      expect((await create()).replaced).toBeUndefined()
      await cluster.broadcasts.remove(first.id)
      expect(await cluster.broadcasts.current('demo')).toBeDefined()
    })

    it('are found for many streams at once', async () => {
      const { id } = await create('a')
      await create('b')
      const found = await cluster.broadcasts.currentOf(['a', 'b', 'c'])
      expect([...found.keys()]).toEqual(['a', 'b'])
      expect(found.get('a')?.id).toBe(id)
      expect((await cluster.broadcasts.currentOf([])).size).toBe(0)
    })

    it('issue epochs that only rise', async () => {
      const { id } = await create()
      const epochs = await Promise.all([1, 2, 3].map(() => cluster.broadcasts.nextEpoch(id)))
      expect(epochs.toSorted((a, b) => a - b)).toEqual([1, 2, 3])
      await expect(cluster.broadcasts.nextEpoch('none')).rejects.toMatchObject({
        code: 'cluster.broadcast.gone',
      })
    })

    it('give a job that runs again an epoch of its own', async () => {
      const { id: broadcast } = await create()
      const epoch = await cluster.broadcasts.nextEpoch(broadcast)
      const claim = (again: boolean, jobId = 'job-1', of = epoch) =>
        cluster.broadcasts.claim({ broadcast, epoch: of, jobId, again })
      expect(await claim(false)).toEqual({ wanted: true, epoch: 1 })
      expect(await claim(true)).toEqual({ wanted: true, epoch: 2 })
      expect(await claim(true)).toEqual({ wanted: true, epoch: 3 })
      const replacement = await cluster.broadcasts.nextEpoch(broadcast)
      expect(replacement).toBe(4)
      expect(await claim(true)).toEqual({ wanted: false, latest: 4 })
      expect(await claim(false, 'job-4', 4)).toEqual({ wanted: true, epoch: 4 })
      await cluster.broadcasts.remove(broadcast)
      expect(await claim(false, 'job-4', 4)).toEqual({ wanted: false, latest: undefined })
    })
  })

  it('keeps live state for streams and broadcasts', async () => {
    const session = {
      session: 's1',
      remoteAddress: '192.0.2.1',
      startedAt: now,
      bitrate: 6_000_000,
      warnings: [],
    }
    const broadcast = { worker: 'w1', epoch: 1, rungs: [{ id: 'source', state: 'running' as const }] }
    await cluster.live.writeSession('demo', session)
    await cluster.live.writeBroadcast('b1', broadcast)
    expect(await cluster.live.sessions(['demo', 'other'])).toEqual(new Map([['demo', session]]))
    expect(await cluster.live.broadcasts(['b1'])).toEqual(new Map([['b1', broadcast]]))
    await cluster.live.clearSession('demo')
    expect((await cluster.live.sessions(['demo'])).size).toBe(0)
  })

  it('lists the workers that announced themselves', async () => {
    const worker = {
      id: 'w1',
      host: 'worker-1',
      startedAt: now,
      ffmpegVersion: '7.1.5',
      encoders: ['libx264', 'aac'],
      videoEncoder: 'libx264',
      capacity: 8,
      running: 1,
    }
    await cluster.workers.announce({ ...worker, id: 'w2' })
    await cluster.workers.announce(worker)
    await cluster.workers.announce({ ...worker, running: 2 })
    const workers = await cluster.workers.list()
    expect(workers.map(({ id, running }) => [id, running])).toEqual([
      ['w1', 2],
      ['w2', 1],
    ])
    expect(Math.abs((workers[0]?.seenAt ?? 0) - Date.now())).toBeLessThan(60_000)
    await cluster.workers.remove('w1')
    expect((await cluster.workers.list()).map(({ id }) => id)).toEqual(['w2'])
  })

  it('brings commands to every ingest', async () => {
    const other = await connectCluster({ url: redis.url, log })
    const received: Command[] = []
    const listening = [
      await cluster.commands.listen((command) => received.push(command)),
      await other.commands.listen((command) => received.push(command)),
    ]
    const command = { type: 'disconnect', stream: 'demo', reason: 'the operator asked' } as const
    expect(await cluster.commands.send(command)).toBe(2)
    await vi.waitFor(() => expect(received).toEqual([command, command]))
    await listening[0]?.stop()
    await vi.waitFor(async () => expect(await other.commands.send(command)).toBe(1))
    await other.stop()
  })

  describe('operator tokens', () => {
    it('are made once and told once', async () => {
      const { token } = await cluster.tokens.ensureFirst({ configured: undefined, kept: undefined })
      expect(token).toMatch(/^[a-z2-7]{32}$/)
      expect(await cluster.tokens.ensureFirst({ configured: undefined, kept: undefined })).toEqual({})
      expect(await cluster.tokens.verify(token ?? '')).toBe(true)
      expect(await cluster.tokens.verify('something else')).toBe(false)
    })

    it('are accepted again when Redis has forgotten them', async () => {
      expect(await cluster.tokens.ensureFirst({ configured: undefined, kept: 'kept-token' })).toEqual({})
      expect(await cluster.tokens.verify('kept-token')).toBe(true)
    })

    it('may be the operator’s choice, and change', async () => {
      await cluster.tokens.ensureFirst({ configured: 'first-choice', kept: undefined })
      await cluster.tokens.ensureFirst({ configured: 'second-choice', kept: undefined })
      expect(await cluster.tokens.verify('first-choice')).toBe(false)
      expect(await cluster.tokens.verify('second-choice')).toBe(true)
      await cluster.tokens.ensureFirst({ configured: undefined, kept: undefined })
      expect(await cluster.tokens.verify('second-choice')).toBe(false)
    })
  })
})
