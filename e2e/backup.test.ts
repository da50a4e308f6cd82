import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, publishWithFfmpeg, runChild, startChild, waitFor } from '@sluice/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Gateway, startGateway } from './support/gateway.ts'
import { readVariants } from './support/playlists.ts'

/** Just large enough for a 360p rung. */
const SMALL = { width: 736, height: 414 }

/** What an operator made of a stream, and what is on air of it. */
interface Stream {
  readonly name: string
  readonly profile: string
  readonly createdAt: string
  readonly hasKey: boolean
  readonly windowSeconds: number
  readonly state: 'idle' | 'live' | 'waiting'
  readonly broadcast?: { readonly id: string; readonly rungs: readonly { readonly state: string }[] }
}

/** The steps of docs/backup.md. */
describe('a backup of Redis', () => {
  let folder: string
  let gateway: Gateway | undefined
  let redis: Child | undefined
  const publishers: Child[] = []
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-backup-'))
  })
  afterEach(async () => {
    for (const publisher of publishers.splice(0)) await publisher.stop()
    await gateway?.stop()
    await redis?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const socket = (): string => join(folder, 'redis.sock')
  const command = async (...words: string[]): Promise<string> =>
    (await runChild('redis-cli', ['-s', socket(), ...words])).output.trim()

  /** A server with its data in a folder. */
  const startRedis = async (name: string, ...settings: string[]): Promise<void> => {
    const directory = join(folder, name)
    await mkdir(directory, { recursive: true })
    const place = ['--port', '0', '--unixsocket', socket(), '--dir', directory, '--save', '']
    redis = startChild('redis-server', [...place, ...settings])
    await waitFor(async () => (await command('PING')) === 'PONG', { what: 'redis-server' })
  }
  const start = async (): Promise<Gateway> => {
    gateway = await startGateway({ SLUICE_REDIS_URL: `unix://${socket()}`, SLUICE_PUBLISH_AUTH: 'key' })
    return gateway
  }
  const made = async (at: Gateway): Promise<unknown[]> => {
    const { streams } = await at.api<{ streams: readonly Stream[] }>('GET', '/v1/streams')
    return streams.map(({ name, profile, createdAt, hasKey, windowSeconds }) => ({
      name,
      profile,
      createdAt,
      hasKey,
      windowSeconds,
    }))
  }
  /** Publishes until the stream is encoded, in another broadcast than `earlier`. @returns the broadcast, or `refused`. */
  const publish = async (at: Gateway, key: string, earlier?: string): Promise<string> => {
    const publisher = publishWithFfmpeg({ url: `${at.rtmp}/${key}`, ...SMALL })
    publishers.push(publisher)
    return waitFor(
      async () => {
        if (!publisher.running()) return 'refused'
        const { state, broadcast } = await at.api<Stream>('GET', '/v1/streams/studio')
        const encoded = broadcast?.rungs.some((rung) => rung.state === 'running') === true
        return state === 'live' && encoded && broadcast.id !== earlier && broadcast.id
      },
      { what: 'a broadcast of studio', timeout: 40_000 },
    )
  }

  it('taken on air brings streams and keys back when everything was lost', async () => {
    await startRedis('first', '--appendonly', 'yes')
    const before = await start()
    const { key } = await before.api<{ key: string }>('POST', '/v1/streams', { name: 'studio' }, 201)
    await before.api('POST', '/v1/streams', { name: 'second', windowSeconds: 3600 }, 201)
    const first = await publish(before, key)
    const streams = await made(before)
    expect(streams).toHaveLength(3)
    const backup = join(folder, 'backup.rdb')
    await runChild('redis-cli', ['-s', socket(), '--rdb', backup])

    // The disk is gone, at once.
    for (const publisher of publishers.splice(0)) await publisher.stop()
    await redis?.stop('SIGKILL')
    await before.stop()
    await rm(join(folder, 'first'), { recursive: true })

    await mkdir(join(folder, 'second'))
    await runChild('cp', [backup, join(folder, 'second', 'dump.rdb')])
    await startRedis('second', '--appendonly', 'no')
    expect(await command('CONFIG', 'SET', 'appendonly', 'yes')).toBe('OK')
    await waitFor(
      async () => {
        const state = await command('INFO', 'persistence')
        return state.includes('aof_enabled:1') && state.includes('aof_rewrite_in_progress:0')
      },
      { what: 'append-only files of the snapshot' },
    )
    await command('SHUTDOWN')
    await redis?.exited
    await startRedis('second', '--appendonly', 'yes')

    const after = await start()
    expect(await made(after)).toEqual(streams)
    // The lease of the broadcast that was on air came back too, and runs out.
    const second = await waitFor(
      async () => {
        const broadcast = await publish(after, key, first)
        return broadcast !== 'refused' && broadcast
      },
      { what: 'a broadcast under the key of before', timeout: 60_000 },
    )
    expect(second).not.toBe('refused')
    const variants = await readVariants(`${after.origin}/live/studio`)
    expect(variants).toHaveLength(2)
  })
})
