import { startTestRedis } from '@sluice/testkit'
import { describe, expect, it, vi } from 'vitest'
import { connectCluster } from '../cluster.ts'
import { connectRedis, printableUrl, redisOptions } from './connection.ts'
import { recordingLog } from './recording-log.fixture.ts'

const log = recordingLog()

describe('addresses of Redis', () => {
  it.each([
    ['redis://redis', { host: 'redis', port: 6379 }],
    [
      'redis://user:p%40ss@redis:7000/3',
      { host: 'redis', port: 7000, username: 'user', password: 'p@ss', db: 3 },
    ],
    ['rediss://[::1]:6380', { host: '::1', port: 6380, tls: {} }],
    ['unix:///var/run/a b.sock', { path: '/var/run/a b.sock' }],
  ])('%s', (url, options) => {
    expect(redisOptions(url)).toEqual({ ...options, retryStrategy: expect.any(Function) })
  })

  it.each(['localhost:6379', 'http://redis', '', 'redis://h/x', 'unix://relative'])('refuse %j', (url) => {
    expect(() => redisOptions(url)).toThrow(expect.objectContaining({ code: 'cluster.redis.bad_url' }))
  })

  it('are printed without passwords', () => {
    expect(printableUrl('rediss://user:secret@redis:7000/3')).toBe('rediss://redis:7000/3')
  })
})

describe('a connection', () => {
  it('says what to do when there is no Redis', async () => {
    await expect(connectRedis('redis://127.0.0.1:1', { log, whileAway: 'wait' })).rejects.toMatchObject({
      name: 'DependencyError',
      code: 'cluster.redis.unreachable',
      message: expect.stringMatching(/redis:\/\/127\.0\.0\.1:1 .*ECONNREFUSED.* SLUICE_REDIS_URL/),
    })
  })

  it('fails or waits while Redis is away, and goes on when it is back', async () => {
    const redis = await startTestRedis()
    const cluster = await connectCluster({ url: redis.url, log })
    const patient = await connectRedis(redis.url, { log, whileAway: 'wait' })
    try {
      await cluster.check()
      await redis.kill()
      await expect(cluster.streams.list()).rejects.toMatchObject({ code: 'cluster.redis.unreachable' })
      await expect(cluster.check()).rejects.toMatchObject({ code: 'cluster.redis.unreachable' })
      const waiting = patient.get('anything')
      await redis.start()
      expect(await waiting).toBeNull()
      await vi.waitFor(async () => expect(await cluster.streams.list()).toEqual([]), { timeout: 5000 })
      await cluster.check()
    } finally {
      patient.disconnect()
      await cluster.stop()
      await redis.stop()
    }
  })

  it('fails or waits while Redis holds its connections and does not answer', async () => {
    const redis = await startTestRedis()
    const cluster = await connectCluster({ url: redis.url, log })
    const patient = await connectRedis(redis.url, { log, whileAway: 'wait' })
    try {
      redis.pause()
      const waiting = patient.get('anything')
      await expect(cluster.check()).rejects.toMatchObject({ code: 'cluster.redis.unreachable' })
      await expect(cluster.streams.list()).rejects.toMatchObject({ code: 'cluster.redis.unreachable' })
      redis.resume()
      expect(await waiting).toBeNull()
      await cluster.check()
    } finally {
      redis.resume()
      patient.disconnect()
      await cluster.stop()
      await redis.stop()
    }
  })

  it('can be closed while Redis is away', async () => {
    const redis = await startTestRedis()
    const cluster = await connectCluster({ url: redis.url, log })
    const worker = cluster.runLiveWorker({ concurrency: 1, handler: async () => undefined, log })
    await redis.kill()
    await vi.waitFor(() => expect(log.messages).toContainEqual(expect.stringContaining('Redis is away')))
    await worker.stop()
    await cluster.stop()
    await redis.stop()
    expect(worker.running).toBe(0)
  })
})
