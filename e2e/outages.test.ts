import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Child, publishWithFfmpeg, runChild, waitFor } from '@sluice/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Gateway, startGateway } from './support/gateway.ts'
import { fetchText } from './support/media.ts'
import { readMediaPlaylist, readVariants } from './support/playlists.ts'

/** Just large enough for a 360p rung. */
const SMALL = { width: 736, height: 414 }

/** What a readiness check answers. */
interface Readiness {
  readonly status: number
  /** All of the answer's text. */
  readonly text: string
}

async function readiness(address: string): Promise<Readiness> {
  const response = await fetch(`${address}/readyz`, { signal: AbortSignal.timeout(8_000) })
  return { status: response.status, text: await response.text() }
}

async function lastSegment(base: string): Promise<number> {
  const [first] = await readVariants(base)
  const { segments } = await readMediaPlaylist(base, first?.id ?? '')
  return segments.at(-1)?.number ?? -1
}

async function untilItGoesOn(base: string, timeout = 30_000): Promise<void> {
  const before = await lastSegment(base)
  await waitFor(async () => (await lastSegment(base)) > before, { what: 'another segment', timeout })
}

/** Numbers of all complete segments of a rendition. */
async function numbers(base: string, rendition: string): Promise<number[]> {
  return (await readMediaPlaylist(base, rendition)).segments.map(({ number }) => number)
}

const count = (from: number, length: number): number[] => Array.from({ length }, (_, i) => from + i)

describe.runIf(process.platform === 'linux')('while Redis is away', () => {
  let gateway: Gateway
  let publisher: Child
  let base: string
  beforeAll(async () => {
    gateway = await startGateway({ SLUICE_WINDOW_SECONDS: '120' })
    base = `${gateway.origin}/live/steady`
    publisher = publishWithFfmpeg({ url: `${gateway.rtmp}/steady`, ...SMALL })
    await waitFor(async () => (await lastSegment(base)) >= 1, { what: 'two segments', timeout: 40_000 })
  })
  afterAll(async () => {
    await publisher.stop()
    await gateway.stop()
  })

  /** The private Redis of the gateway. */
  async function redisPid(): Promise<number> {
    const { output } = await runChild('pgrep', ['-f', `redis-server unixsocket:${gateway.dataDir}/`])
    return Number(output.trim())
  }

  async function degraded(): Promise<void> {
    for (const [address, reason] of [
      [gateway.origin, 'redis'],
      [gateway.control, 'Redis'],
    ] as const) {
      await waitFor(async () => (await readiness(address)).status === 503, { what: `503 of ${address}` })
      expect((await readiness(address)).text).toContain(reason)
    }
  }

  async function ready(): Promise<void> {
    for (const address of [gateway.origin, gateway.control])
      await waitFor(async () => (await readiness(address)).status === 200, { what: `200 of ${address}` })
  }

  /** Nobody but the readiness checks noticed. */
  async function goesOn(): Promise<void> {
    await untilItGoesOn(base)
    expect(publisher.running()).toBe(true)
    for (const { id } of await readVariants(base)) {
      const all = await numbers(base, id)
      expect([id, all]).toEqual([id, count(all[0] ?? 0, all.length)])
    }
    expect(await fetchText(`${base}/source/index.m3u8`)).not.toContain('EXT-X-DISCONTINUITY\n')
  }

  it('because it hangs: viewers get what there is, and it goes on afterwards', async () => {
    const pid = await redisPid()
    process.kill(pid, 'SIGSTOP')
    try {
      await degraded()
      expect(await fetchText(`${base}/index.m3u8`)).toContain('#EXT-X-STREAM-INF')
      expect(await fetchText(`${base}/source/index.m3u8`)).toContain('#EXTINF')
      expect((await fetch(`${gateway.origin}/live/nobody/index.m3u8`)).status).toBe(503)
      expect((await fetch(`${gateway.origin}/healthz`)).status).toBe(200)
      await gateway.api('GET', '/v1/streams', undefined, 503)
      expect(publisher.running()).toBe(true)
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    await ready()
    await goesOn()
  })

  it('because it was killed: it is started again with what it knew', async () => {
    const pid = await redisPid()
    process.kill(pid, 'SIGKILL')
    await waitFor(async () => (await redisPid()) !== pid && (await redisPid()) > 0, { what: 'a new Redis' })
    await ready()
    await goesOn()
    expect(gateway.output()).toContain('private Redis ended unexpectedly')
    expect(await gateway.api('GET', '/v1/streams/steady')).toMatchObject({ name: 'steady' })
  })

  it('no more than in name, as it deletes keys when it is full: that is unready too', async () => {
    const command = async (...words: string[]): Promise<void> => {
      const socket = join(gateway.dataDir, 'redis', 'redis.sock')
      expect(await runChild('redis-cli', ['-s', socket, ...words])).toMatchObject({ output: 'OK\n' })
    }
    await command('CONFIG', 'SET', 'maxmemory', '1gb')
    await command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
    await degraded()
    for (const address of [gateway.origin, gateway.control])
      expect((await readiness(address)).text).toMatch(/maxmemory-policy allkeys-lru.* noeviction/)
    await goesOn()
    await command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    await ready()
  })

  it('and nothing was left to chance', () => {
    expect(gateway.output()).not.toMatch(/unhandled|TypeError|"level":"fatal"/i)
  })
})

const mayMount = process.platform === 'linux' && process.getuid?.() === 0 && (await canMount())
if (!mayMount) console.log('skipped: a small disk cannot be mounted here')

/** False for users other than root, and in most containers. */
async function canMount(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-mount-'))
  const { code } = await runChild('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder])
  if (code === 0) await runChild('umount', [folder])
  await rm(folder, { recursive: true, force: true })
  return code === 0
}

describe.runIf(mayMount)('on a disk that is full', () => {
  let disk: string
  let gateway: Gateway
  let publisher: Child
  let base: string
  beforeAll(async () => {
    disk = await mkdtemp(join(tmpdir(), 'sluice-disk-'))
    const mounted = await runChild('mount', ['-t', 'tmpfs', '-o', 'size=128m', 'tmpfs', disk])
    if (mounted.code !== 0) throw new Error(`no disk could be mounted: ${mounted.output}`)
    await mkdir(join(disk, 'data'))
    gateway = await startGateway({ SLUICE_DATA_DIR: join(disk, 'data') })
    base = `${gateway.origin}/live/heavy`
    publisher = publishWithFfmpeg({ url: `${gateway.rtmp}/heavy`, ...SMALL })
    await waitFor(async () => (await lastSegment(base)) >= 1, { what: 'two segments', timeout: 40_000 })
  })
  afterAll(async () => {
    await publisher.stop()
    await gateway.stop()
    await runChild('umount', ['--lazy', disk])
    await rm(disk, { recursive: true, force: true })
  })

  it('everybody is told, and nothing falls over', async () => {
    // As large as it takes: the last write fails.
    const filled = writeFile(join(disk, 'filler'), new Uint8Array(128 << 20))
    await expect(filled).rejects.toMatchObject({ code: 'ENOSPC' })
    await waitFor(async () => (await readiness(gateway.origin)).status === 503, { what: '503 of the origin' })
    expect((await readiness(gateway.origin)).text).toMatch(/store\.fs\.full|is full|MB free/)
    await waitFor(async () => (await readiness(gateway.control)).status === 503, { what: '503 of control' })
    expect((await readiness(gateway.control)).text).toContain('No space left on device')
    await waitFor(() => gateway.output().includes('the disk of'), { what: 'a line that says so' })
    expect(publisher.running()).toBe(true)
    expect((await fetch(`${gateway.origin}/healthz`)).status).toBe(200)
    expect(await fetchText(`${base}/source/index.m3u8`)).toContain('#EXTINF')
  })

  it('the job is tried again, and not all the time', async () => {
    const from = gateway.output().length
    // Time itself is the condition: a loop would show in this much of it.
    await delay(10_000)
    const lines = gateway.output().slice(from).split('\n')
    expect(lines.length).toBeLessThan(100)
    expect(gateway.children[0]?.running()).toBe(true)
    expect(publisher.running()).toBe(true)
  })

  it('the stream goes on when there is room again', async () => {
    await rm(join(disk, 'filler'))
    await waitFor(async () => (await readiness(gateway.origin)).status === 200, {
      what: '200 of the origin',
      timeout: 30_000,
    })
    await untilItGoesOn(base, 60_000)
    for (const { id } of await readVariants(base)) expect((await numbers(base, id)).length).toBeGreaterThan(0)
    expect(gateway.output()).not.toMatch(/unhandled|TypeError|"level":"fatal"/i)
  })
})
