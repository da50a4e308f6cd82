import { type EpochMillis, epochMillis, errorCode } from '@sluice/core'
import { startTestRedis, type TestRedis } from '@sluice/testkit'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Cluster, connectCluster } from '../cluster.ts'
import { recordingLog } from '../redis/recording-log.fixture.ts'
import { readSignedName, type SignedName } from './signed-name.ts'

const SECONDS = 1_700_000_000

describe('who may publish a stream', () => {
  let redis: TestRedis
  let cluster: Cluster
  let now: EpochMillis

  beforeAll(async () => {
    redis = await startTestRedis()
  })
  afterAll(() => redis.stop())
  beforeEach(async () => {
    await redis.flush()
    now = epochMillis(SECONDS * 1000)
    cluster = await connectCluster({ url: redis.url, log: recordingLog(), now: () => now })
  })
  afterEach(() => cluster.stop())

  const make = (name = 'demo') => cluster.streams.create({ name, profile: 'source' })
  const received = (name: string | undefined): SignedName => {
    const [stream = '', query = ''] = (name ?? '').split('?')
    const signed = readSignedName(stream, query)
    if (signed === undefined) throw new Error(`${name} is not signed`)
    return signed
  }
  const sign = async (stream = 'demo', address?: string): Promise<SignedName> =>
    received(await cluster.streams.signName({ stream, expires: SECONDS + 60, address }))
  const owner = async (name: SignedName, address = '192.0.2.1'): Promise<string> => {
    const found = await cluster.streams.findBySignedName(name, address)
    return found.type === 'found' ? found.record.name : found.fault
  }

  describe('by a signed name', () => {
    it('is found until the name expires', async () => {
      const { record } = await make()
      const name = await sign()
      expect(await cluster.streams.findBySignedName(name, '192.0.2.1')).toEqual({ type: 'found', record })
      now = epochMillis(now + 59_999)
      expect(await owner(name)).toBe('demo')
      now = epochMillis(now + 1)
      expect(await owner(name)).toBe('expired')
    })

    it('has one secret for all its names, also for those signed at the same moment', async () => {
      await make()
      const names = await Promise.all(Array.from({ length: 5 }, () => sign()))
      expect(new Set(names.map(({ signature }) => signature)).size).toBe(1)
      await make('other')
      expect((await sign('other')).signature).not.toBe(names[0]?.signature)
    })

    it('is not found when the name is another stream’s, or there is no such stream', async () => {
      await make()
      await make('other')
      const name = await sign()
      await sign('other')
      expect(await owner({ ...name, stream: 'other' })).toBe('forged')
      expect(await owner({ ...name, stream: 'none' })).toBe('forged')
      expect(await owner({ ...name, stream: '' })).toBe('forged')
      expect(await cluster.streams.signName({ stream: 'none', expires: SECONDS, address: undefined })).toBe(
        undefined,
      )
    })

    it('is found from its address alone', async () => {
      await make()
      const name = await sign('demo', '192.0.2.1')
      expect(await owner(name, '::ffff:192.0.2.1')).toBe('demo')
      expect(await owner(name, '192.0.2.2')).toBe('wrong-address')
    })

    it('is not found any more when its key was changed, or it was made anew', async () => {
      await make()
      const first = await sign()
      await cluster.streams.rotateKey('demo')
      expect(await owner(first)).toBe('forged')
      const second = await sign()
      expect(await owner(second)).toBe('demo')
      await cluster.streams.remove('demo')
      expect(await owner(second)).toBe('forged')
      await make()
      expect(await owner(second)).toBe('forged')
    })

    it('keeps its secret out of every record', async () => {
      await make()
      await sign()
      const client = new Redis(redis.url.replace('unix://', ''))
      try {
        const secret = await client.hget('sluice:stream-signing', 'demo')
        expect(secret).toMatch(/^[a-z2-7]{32}$/)
        expect(await client.hget('sluice:streams', 'demo')).not.toContain(secret)
        expect(JSON.stringify(await cluster.streams.list())).not.toContain(secret)
        await cluster.streams.remove('demo')
        expect(await client.exists('sluice:stream-signing')).toBe(0)
      } finally {
        client.disconnect()
      }
    })
  })

  describe('how far back viewers may seek', () => {
    const codeOf = (promise: Promise<unknown>) => promise.then(() => 'none', errorCode)

    it('is decided when it is made, and changed, back to what the gateway says', async () => {
      const { record } = await cluster.streams.create({
        name: 'demo',
        profile: 'source',
        windowSeconds: 3600,
      })
      expect(record.windowSeconds).toBe(3600)
      expect((await cluster.streams.change('demo', { windowSeconds: 14_400 }))?.windowSeconds).toBe(14_400)
      await cluster.streams.change('demo', { publishFrom: { allow: [] } })
      expect((await cluster.streams.get('demo'))?.windowSeconds).toBe(14_400)
      expect((await cluster.streams.change('demo', { windowSeconds: 0 }))?.windowSeconds).toBeUndefined()
      expect((await make('other')).record.windowSeconds).toBeUndefined()
    })

    it.each([5, -1, 6.5, 21_601, Number.NaN])('refuses %s', async (windowSeconds) => {
      await make()
      const refused = 'cluster.stream.bad_window'
      expect(await codeOf(cluster.streams.change('demo', { windowSeconds }))).toBe(refused)
      const made = cluster.streams.create({ name: 'other', profile: 'source', windowSeconds })
      expect(await codeOf(made)).toBe(refused)
    })
  })

  describe('by address', () => {
    const lists = async () => (await cluster.streams.get('demo'))?.publishFrom

    it('is decided when it is made', async () => {
      const publishFrom = { allow: ['192.0.2.0/24', '2001:db8::/32'], deny: ['192.0.2.1'] }
      const { record } = await cluster.streams.create({ name: 'demo', profile: 'source', publishFrom })
      expect(record.publishFrom).toEqual(publishFrom)
      expect(await lists()).toEqual(publishFrom)
    })

    it('is changed list by list, down to none', async () => {
      await make()
      const changed = await cluster.streams.change('demo', {
        publishFrom: { allow: ['192.0.2.1'], deny: ['::1'] },
      })
      expect(changed).toEqual(await cluster.streams.get('demo'))
      expect(changed?.publishFrom).toEqual({ allow: ['192.0.2.1'], deny: ['::1'] })
      await cluster.streams.change('demo', { publishFrom: { allow: [] } })
      expect(await lists()).toEqual({ allow: [], deny: ['::1'] })
      await cluster.streams.change('demo', { publishFrom: {} })
      expect(await lists()).toEqual({ allow: [], deny: ['::1'] })
      await cluster.streams.change('demo', { publishFrom: { deny: [] } })
      expect(await lists()).toEqual({ allow: [], deny: [] })
      expect(await cluster.streams.change('none', { publishFrom: { deny: [] } })).toBeUndefined()
    })

    it('stays as it is when the key is changed, and the key when the lists are', async () => {
      const { key } = await make()
      await cluster.streams.change('demo', { publishFrom: { allow: ['192.0.2.0/24'] } })
      expect((await cluster.streams.findByKey(key))?.publishFrom.allow).toEqual(['192.0.2.0/24'])
      const rotated = await cluster.streams.rotateKey('demo')
      expect(rotated?.record).toMatchObject({
        hasKey: true,
        publishFrom: { allow: ['192.0.2.0/24'], deny: [] },
      })
    })

    it('is not what no address is', async () => {
      const bad = { allow: ['192.0.2.0/33'] }
      await expect(
        cluster.streams.create({ name: 'demo', profile: 'source', publishFrom: bad }),
      ).rejects.toMatchObject({ code: 'cluster.stream.bad_address_range' })
      await make()
      await expect(cluster.streams.change('demo', { publishFrom: bad })).rejects.toMatchObject({
        code: 'cluster.stream.bad_address_range',
      })
      expect(await lists()).toEqual({ allow: [], deny: [] })
    })
  })
})
