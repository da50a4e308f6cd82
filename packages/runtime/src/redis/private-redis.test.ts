import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { inlineCommand, ping } from './ping.ts'
import { type PrivateRedis, startPrivateRedis } from './private-redis.ts'

const log = pino({ level: 'silent' })

describe('the private Redis', () => {
  let dataDir: string
  const running: PrivateRedis[] = []

  const start = async (directory = dataDir): Promise<PrivateRedis & { socket: string }> => {
    const redis = await startPrivateRedis({ dataDir: directory, log })
    running.push(redis)
    return { ...redis, socket: redis.url.slice('unix://'.length) }
  }

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'sluice-redis-'))
  })
  afterEach(async () => {
    for (const redis of running.splice(0)) await redis.stop()
    await rm(dataDir, { recursive: true, force: true })
  })

  it('answers on a socket of this user alone, and keeps what it was told', async () => {
    const first = await start()
    expect((await stat(first.socket)).mode & 0o077).toBe(0)
    expect((await stat(join(dataDir, 'redis'))).mode & 0o077).toBe(0)
    expect(await inlineCommand(first.socket, 'SET colour blue')).toBe('+OK')
    await first.stop()
    expect(await ping(first.socket)).toBe('nobody')
    const second = await start()
    expect(await inlineCommand(second.socket, 'STRLEN colour')).toBe(':4')
    expect(await inlineCommand(second.socket, 'CONFIG GET maxmemory-policy')).toBe('*2')
  })

  it('is shared by those who start it twice, and stopped by the first alone', async () => {
    const [a, b] = await Promise.all([start(), start()])
    expect(a.url).toBe(b.url)
    // In the order in which their starts completed: the one who started the server comes first.
    const [owner, guest] = running
    expect(await readdir(join(dataDir, 'redis'))).not.toContain('start.lock')
    await guest?.stop()
    expect(await ping(a.socket)).toBe('ready')
    await owner?.stop()
    expect(await ping(a.socket)).toBe('nobody')
  })

  it('comes back when it is killed', async () => {
    const { socket } = await start()
    expect(await inlineCommand(socket, 'SET colour blue')).toBe('+OK')
    await inlineCommand(socket, 'SHUTDOWN')
    await vi.waitFor(async () => expect(await ping(socket)).toBe('ready'), { timeout: 10_000 })
    expect(await inlineCommand(socket, 'STRLEN colour')).toBe(':4')
  })

  it('uses a short socket path where the data folder has a long one', async () => {
    const long = join(dataDir, 'a'.repeat(120))
    await mkdir(long)
    const { socket } = await start(long)
    expect(Buffer.byteLength(socket)).toBeLessThan(104)
    expect(await ping(socket)).toBe('ready')
  })

  it('accepts a data folder with quotes and blanks in its name', async () => {
    const odd = join(dataDir, 'a "b" \\c d')
    await mkdir(odd)
    expect(await ping((await start(odd)).socket)).toBe('ready')
  })

  it('replaces a lock that a dead process left', async () => {
    await mkdir(join(dataDir, 'redis'))
    const lock = join(dataDir, 'redis', 'start.lock')
    await writeFile(lock, '999999999')
    await utimes(lock, new Date(Date.now() - 5000), new Date(Date.now() - 5000))
    expect(await ping((await start()).socket)).toBe('ready')
  })

  it('says what to install when there is no server program', async () => {
    await expect(startPrivateRedis({ dataDir, log, programs: ['no-such-redis'] })).rejects.toMatchObject({
      code: 'runtime.redis.missing',
      message: expect.stringContaining('apt install redis-server'),
    })
  })

  it('passes on the last words of a server that does not start', async () => {
    await mkdir(join(dataDir, 'redis', 'appendonlydir'), { recursive: true })
    await writeFile(join(dataDir, 'redis', 'appendonlydir', 'appendonly.aof.manifest'), 'nonsense')
    await expect(startPrivateRedis({ dataDir, log })).rejects.toMatchObject({
      code: 'runtime.redis.failed',
      message: expect.stringContaining('ended while starting'),
    })
  })
})
