import { createServer, type Server } from 'node:net'
import { startTestRedis, type TestRedis, waitFor } from '@sluice/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Cluster, connectCluster } from '../cluster.ts'
import { recordingLog } from './recording-log.fixture.ts'
import { requireUsable } from './server-check.ts'

const GOOD = {
  version: '7.0.15',
  maxMemory: 0,
  evictionPolicy: 'noeviction',
  appendOnly: true,
  readOnlyReplica: false,
} as const

describe('a server that', () => {
  it.each([['6.2.0'], ['6.10.1'], ['7.2.4'], ['10.0.0']])('is of version %s will do', (version) => {
    expect(() => requireUsable({ ...GOOD, version })).not.toThrow()
  })

  it.each(['6.0.16', '5.0.14', '2.8', 'old', ''])('is of version %j is too old', (version) => {
    expect(() => requireUsable({ ...GOOD, version })).toThrow(
      expect.objectContaining({
        code: 'cluster.redis.too_old',
        message: expect.stringContaining(`version ${version}, and 6.2 is the oldest that works: install`),
      }),
    )
  })

  it('could delete keys, and has no limit that makes it, will do', () => {
    expect(() => requireUsable({ ...GOOD, evictionPolicy: 'allkeys-lru' })).not.toThrow()
    expect(() => requireUsable({ ...GOOD, maxMemory: 1 })).not.toThrow()
  })
})

describe('a Redis', () => {
  let redis: TestRedis
  const clusters: Cluster[] = []
  const connect = async (log = recordingLog()): Promise<Cluster> => {
    const cluster = await connectCluster({ url: redis.url, log })
    clusters.push(cluster)
    return cluster
  }

  beforeEach(async () => {
    redis = await startTestRedis()
  })
  afterEach(async () => {
    for (const cluster of clusters.splice(0)) await cluster.stop()
    await redis.stop()
  })

  it('that deletes keys when it is full is refused, and one that begins to is not ready', async () => {
    const cluster = await connect()
    await cluster.check()
    await redis.command('CONFIG SET maxmemory 100mb')
    await cluster.check()
    await redis.command('CONFIG SET maxmemory-policy volatile-lru')
    const refusal = {
      name: 'DependencyError',
      code: 'cluster.redis.evicts',
      message: expect.stringMatching(
        /volatile-lru, maxmemory 104857600\).*: set "maxmemory-policy noeviction"/,
      ),
    }
    await expect(cluster.check()).rejects.toMatchObject(refusal)
    await expect(connect()).rejects.toMatchObject(refusal)
    await redis.command('CONFIG SET maxmemory-policy noeviction')
    await cluster.check()
    await connect()
  })

  it('that follows another one is refused', async () => {
    await redis.command('REPLICAOF 127.0.0.1 1')
    await expect(connect()).rejects.toMatchObject({ code: 'cluster.redis.read_only' })
  })

  it('that keeps nothing on disk is warned of, one that writes snapshots is not', async () => {
    const forgets = expect.stringMatching(/keeps nothing on disk .* set "appendonly yes"/)
    const log = recordingLog()
    await connect(log)
    expect(log.messages).not.toContainEqual(forgets)
    await redis.command('CONFIG SET appendonly no')
    await connect(log)
    expect(log.messages).toContainEqual(forgets)
    log.messages.length = 0
    await redis.command('CONFIG SET save 3600')
    await redis.command('CONFIG SET save "3600 1"')
    await connect(log)
    expect(log.messages).not.toContainEqual(forgets)
  })

  it('whose operator hides its configuration is not warned of', async () => {
    const log = recordingLog()
    await redis.command('CONFIG SET appendonly no')
    await redis.command('ACL SETUSER default -config')
    await connect(log)
    expect(log.messages).toEqual([])
  })
})

describe('a server that answers as an old Redis', () => {
  let server: Server
  let url: string

  beforeEach(async () => {
    const info = 'redis_version:6.0.16\r\nloading:0\r\n'
    const answers: Readonly<Record<string, string>> = {
      hello: '%1\r\n$5\r\nproto\r\n:3\r\n',
      info: `$${info.length}\r\n${info}\r\n`,
    }
    server = createServer((socket) => {
      socket.on('error', () => undefined)
      // A command is a list of strings, each after its length: the first one names it.
      socket.on('data', (commands) => {
        for (const [, name = ''] of commands.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)/g))
          socket.write(answers[name.toLowerCase()] ?? '+OK\r\n')
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    url = `redis://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  })
  afterEach(() => {
    server.close()
  })

  it('is refused, and its connection closed', async () => {
    await expect(connectCluster({ url, log: recordingLog() })).rejects.toMatchObject({
      code: 'cluster.redis.too_old',
      message: expect.stringContaining('Redis is version 6.0.16, and 6.2 is the oldest'),
    })
    const connections = (): Promise<number> =>
      new Promise((resolve) => server.getConnections((_, count) => resolve(count)))
    await waitFor(async () => (await connections()) === 0, { what: 'no connection' })
  })
})
