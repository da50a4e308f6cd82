import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, publishWithFfmpeg, waitFor } from '@sluice/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ClusterGateway, startCluster } from './support/gateway.ts'
import { type MarkedSluice, startSluice } from './support/marked.ts'
import { fetchText } from './support/media.ts'
import { readMediaPlaylist, readVariants } from './support/playlists.ts'
import { childrenOf, isRunning } from './support/processes.ts'

/** Just large enough for a 360p rung. */
const SMALL = { width: 736, height: 414 }

/** Waits until every rung of a stream has so many segments. */
async function untilOnAir(base: string, segments = 1): Promise<void> {
  await waitFor(
    async () => {
      const variants = await readVariants(base)
      const lists = await Promise.all(variants.map(({ id }) => readMediaPlaylist(base, id)))
      return variants.length === 2 && lists.every((list) => list.segments.length >= segments)
    },
    { what: `${segments} segments of each rung`, timeout: 40_000 },
  )
}

interface Up {
  readonly sluice: MarkedSluice
  readonly rtmp: string
  readonly origin: string
  readonly key: string
}

describe.runIf(process.platform === 'linux')('a gateway in one process', () => {
  let dataDir: string
  const started: MarkedSluice[] = []
  const publishers: Child[] = []

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'sluice-ends-'))
  })
  afterEach(async () => {
    for (const publisher of publishers.splice(0)) await publisher.stop('SIGKILL')
    for (const sluice of started.splice(0)) await sluice.killAll()
    await rm(dataDir, { recursive: true, force: true })
  })

  const up = async (): Promise<Up> => {
    const sluice = startSluice(['up'], dataDir, {
      SLUICE_BIND: '127.0.0.1',
      SLUICE_RTMP_PORT: '0',
      SLUICE_ORIGIN_PORT: '0',
      SLUICE_CONTROL_PORT: '0',
    })
    started.push(sluice)
    const line = (name: string): Promise<string> =>
      waitFor(() => new RegExp(`^ +${name} +(\\S+)`, 'm').exec(sluice.output())?.[1], {
        what: `"${name}" in: ${sluice.output()}`,
        timeout: 30_000,
      })
    const hls = await line('HLS')
    return {
      sluice,
      rtmp: await line('publish to'),
      origin: new URL(hls).origin,
      key: await line('stream key'),
    }
  }

  /** Publishes to the stream that every gateway has. */
  const publish = async ({ rtmp, origin, key }: Up): Promise<string> => {
    publishers.push(publishWithFfmpeg({ url: `${rtmp}/${key}`, ...SMALL }))
    const base = `${origin}/live/main`
    await untilOnAir(base)
    return base
  }

  const commands = async (sluice: MarkedSluice): Promise<string> =>
    (await sluice.processes()).map(({ command }) => command).join('\n')

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'ends in order at %s, with a stream and its ladder',
    async (signal) => {
      const gateway = await up()
      await publish(gateway)
      const running = await commands(gateway.sluice)
      expect(running).toContain('redis-server')
      expect(running).toContain('ffmpeg')
      const began = Date.now()
      gateway.sluice.kill(signal)
      expect(await gateway.sluice.exited).toEqual({ code: 0, signal: null })
      expect(Date.now() - began).toBeLessThan(5_000)
      expect(await commands(gateway.sluice)).toBe('')
      expect(gateway.sluice.output()).not.toMatch(/unhandled|TypeError|not everything stopped/i)
    },
  )

  it('ends at once at the second signal', async () => {
    const gateway = await up()
    await publish(gateway)
    gateway.sluice.kill('SIGINT')
    await waitFor(() => gateway.sluice.output().includes('press Ctrl-C again'), {
      what: 'the notice',
      interval: 1,
    })
    gateway.sluice.kill('SIGINT')
    const { code } = await gateway.sluice.exited
    // It may have been quicker than the second signal.
    expect([0, 130]).toContain(code)
    await waitFor(async () => !(await commands(gateway.sluice)).includes('ffmpeg'), { what: 'no ffmpeg' })
  })

  it('leaves no encoder behind when it is killed, and the next one goes on in its data folder', async () => {
    const first = await up()
    await publish(first)
    first.sluice.kill('SIGKILL')
    await first.sluice.exited
    await waitFor(async () => !(await commands(first.sluice)).includes('ffmpeg'), { what: 'no ffmpeg' })
    const second = await up()
    expect(second.key).toBe(first.key)
    const base = `${second.origin}/live/main`
    // The name is free when the lease of the one that was killed has run out.
    await waitFor(
      async () => {
        const publisher = publishWithFfmpeg({ url: `${second.rtmp}/${second.key}`, ...SMALL })
        publishers.push(publisher)
        await waitFor(() => !publisher.running() || second.sluice.output().includes('"on air"'), {
          what: 'an answer to publish',
        })
        return publisher.running()
      },
      { what: 'a second broadcast', timeout: 30_000 },
    )
    await untilOnAir(base)
    expect(await fetchText(`${base}/source/index.m3u8`)).not.toContain('#EXT-X-ENDLIST')
    second.sluice.kill('SIGINT')
    expect(await second.sluice.exited).toEqual({ code: 0, signal: null })
    // Also the Redis that it found running.
    expect(await commands(second.sluice)).toBe('')
  })

  it('keeps streams, keys and token from one run to the next, and ended broadcasts are ended', async () => {
    const first = await up()
    await publish(first)
    const token = await readFile(join(dataDir, 'control-token'), 'utf8')
    first.sluice.kill('SIGINT')
    await first.sluice.exited
    const second = await up()
    expect(second.key).toBe(first.key)
    expect(await readFile(join(dataDir, 'control-token'), 'utf8')).toBe(token)
    const source = `${second.origin}/live/main/source/index.m3u8`
    await waitFor(async () => (await fetchText(source))?.includes('#EXT-X-ENDLIST'), { what: 'the end' })
    second.sluice.kill('SIGINT')
    expect(await second.sluice.exited).toEqual({ code: 0, signal: null })
    await second.sluice.untilGone()
  })
})

describe.runIf(process.platform === 'linux')('a worker that is killed', () => {
  let cluster: ClusterGateway
  let publisher: Child
  beforeEach(async () => {
    cluster = await startCluster({ workers: 1, origins: 1 })
  })
  afterEach(async () => {
    await publisher.stop()
    await cluster.stop()
  })

  it('takes its encoders with it', async () => {
    publisher = publishWithFfmpeg({ url: `${cluster.rtmp}/orphans`, ...SMALL })
    await untilOnAir(`${cluster.origin}/live/orphans`)
    const [worker] = cluster.workers
    const encoders = await childrenOf(worker?.pid ?? 0)
    expect(encoders).toHaveLength(1)
    worker?.kill('SIGKILL')
    await waitFor(() => !encoders.some(isRunning), { what: 'no encoder' })
    expect(publisher.running()).toBe(true)
  })
})
