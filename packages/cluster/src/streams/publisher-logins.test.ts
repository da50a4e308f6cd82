import { startTestRedis, type TestRedis } from '@sluice/testkit'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Cluster, connectCluster } from '../cluster.ts'
import { recordingLog } from '../redis/recording-log.fixture.ts'

const secrets = { salt: 'salt', adobe: 'adobe-secret', llnw: 'llnw-secret' }

describe('users who publish by password', () => {
  let redis: TestRedis
  let cluster: Cluster

  beforeAll(async () => {
    redis = await startTestRedis()
  })
  afterAll(() => redis.stop())
  beforeEach(async () => {
    await redis.flush()
    cluster = await connectCluster({ url: redis.url, log: recordingLog() })
    await cluster.streams.create({ name: 'demo', profile: 'source' })
    await cluster.streams.create({ name: 'other', profile: 'source' })
  })
  afterEach(() => cluster.stop())

  const set = (stream: string, user: string, salt = 'salt') =>
    cluster.logins.set({ user, stream, secrets: { ...secrets, salt } })
  const userOf = async (stream: string) => (await cluster.streams.get(stream))?.publisher

  it('are found with what their password is checked with', async () => {
    expect(await userOf('demo')).toBeUndefined()
    expect(await set('demo', 'alice')).toBe(true)
    expect(await cluster.logins.find('alice')).toEqual({ user: 'alice', stream: 'demo', secrets })
    expect(await userOf('demo')).toBe('alice')
    expect(await cluster.logins.find('bob')).toBeUndefined()
    expect(await set('none', 'bob')).toBe(false)
    expect(await cluster.logins.find('bob')).toBeUndefined()
  })

  it('are one for a stream: another one takes the place', async () => {
    await set('demo', 'alice')
    await set('demo', 'bob')
    expect(await cluster.logins.find('alice')).toBeUndefined()
    expect(await userOf('demo')).toBe('bob')
    await set('demo', 'bob', 'another salt')
    expect((await cluster.logins.find('bob'))?.secrets.salt).toBe('another salt')
  })

  it('have one stream', async () => {
    await set('demo', 'alice')
    await expect(set('other', 'alice')).rejects.toMatchObject({
      code: 'cluster.login.user_taken',
      details: { field: 'user' },
    })
    expect((await cluster.logins.find('alice'))?.stream).toBe('demo')
    expect(await userOf('other')).toBeUndefined()
  })

  it('are removed, alone or with their stream', async () => {
    await set('demo', 'alice')
    expect(await cluster.logins.remove('demo')).toBe(true)
    expect(await cluster.logins.remove('demo')).toBe(false)
    expect(await cluster.logins.remove('none')).toBe(false)
    expect(await cluster.logins.find('alice')).toBeUndefined()
    expect(await userOf('demo')).toBeUndefined()
    await set('demo', 'alice')
    await cluster.streams.remove('demo')
    expect(await cluster.logins.find('alice')).toBeUndefined()
    expect(await set('other', 'alice')).toBe(true)
  })

  it('stay when key or lists are changed, which stay when they are', async () => {
    await set('demo', 'alice')
    const rotated = await cluster.streams.rotateKey('demo')
    await cluster.streams.change('demo', { publishFrom: { deny: ['192.0.2.1'] } })
    expect(await userOf('demo')).toBe('alice')
    await set('demo', 'bob')
    expect(await cluster.streams.findByKey(rotated?.key ?? '')).toMatchObject({
      publisher: 'bob',
      publishFrom: { allow: [], deny: ['192.0.2.1'] },
    })
  })

  it('keep their secrets out of every record', async () => {
    await set('demo', 'alice')
    const client = new Redis(redis.url.replace('unix://', ''))
    try {
      expect(await client.hget('sluice:streams', 'demo')).not.toContain('secret')
      expect(JSON.stringify(await cluster.streams.list())).not.toContain('secret')
    } finally {
      client.disconnect()
    }
  })

  it('are challenged with one key, also by those who ask for it at the same moment', async () => {
    const keys = await Promise.all(Array.from({ length: 5 }, () => cluster.logins.challengeKey()))
    expect(new Set(keys).size).toBe(1)
    expect(keys[0]).toMatch(/^[a-z2-7]{32}$/)
    await redis.flush()
    expect(await cluster.logins.challengeKey()).not.toBe(keys[0])
  })

  it('answer a challenge once', async () => {
    expect(await cluster.logins.answer('one', 60)).toBe(true)
    expect(await cluster.logins.answer('one', 60)).toBe(false)
    expect(await cluster.logins.answer('two', 60)).toBe(true)
    const client = new Redis(redis.url.replace('unix://', ''))
    try {
      expect(await client.ttl('sluice:login:one')).toBeGreaterThan(0)
    } finally {
      client.disconnect()
    }
  })
})
